import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import * as runner from '../../apps/server/src/sandbox/runner/wasm/check-interface.js'
import * as packer from '../../packages/plugin-sdk/src/wasm/interface.ts'

const names = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
])
const list = (types: readonly number[]) => `(${types.map((type) => names.get(type)).join(', ')})`
const written = (functions: Readonly<Record<string, [number[], number[]]>>) =>
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
