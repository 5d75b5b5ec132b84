import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

type Functions = Readonly<Record<string, [number[], number[]]>>
type Parts<T> = Readonly<Record<'requiredExports' | 'offeredFunctions' | 'wasiFunctions', T>>

// Neither is offered to anybody else: the runner's is in a jail, the packer's behind packing.
const root = new URL('../../', import.meta.url)
const runner = (await import(
  new URL('apps/server/src/sandbox/runner/wasm/check-interface.js', root).href
)) as Parts<Functions>
const packer = (await import(new URL('packages/plugin-sdk/src/wasm/interface.ts', root).href)) as Parts<
  Readonly<Record<string, string>>
>

const names = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
])
const list = (types: readonly number[]) => `(${types.map((type) => names.get(type)).join(', ')})`
const written = (functions: Functions) =>
  Object.fromEntries(
    Object.entries(functions).map(([name, [takes, gives]]) => [name, `${list(takes)} -> ${list(gives)}`]),
  )

test('packer and runner hold modules against the same interface', () => {
  for (const part of ['requiredExports', 'offeredFunctions', 'wasiFunctions'] as const) {
    assert.deepEqual(written(runner[part]), packer[part], part)
  }
})

test('the documented interface names every function with its type', async () => {
  const document = await readFile(new URL('../../docs/reference/wasm-interface.md', import.meta.url), 'utf8')
  for (const [name, type] of Object.entries({ ...packer.requiredExports, ...packer.offeredFunctions })) {
    assert.ok(document.includes(`\`${name} ${type}\``), `${name} ${type}`)
  }
})
