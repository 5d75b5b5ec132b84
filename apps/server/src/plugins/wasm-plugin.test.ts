import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildPackage } from '../../../../tests/support/test-package.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import { assemble, guest } from '../../../../tests/support/wat.ts'

const method = '(data (i32.const 16) "graph.search")'
/** Searches with the input as query and returns what it was answered, be it rows or a refusal. */
const search = `
  (local.set $result (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length)))
  (if (i32.lt_s (local.get $result) (i32.const 0))
    (then (local.set $result (i32.sub (i32.const 0) (local.get $result)))))
  (drop (call $answer (i32.const 8192) (local.get $result)))
  (call $packed (i32.const 8192) (local.get $result))`
const escaping = `
  (if (i32.lt_s (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length)) (i32.const 0))
    (then (call $fail_with_refusal)))
  (call $packed (local.get $at) (local.get $length))`

async function pluginOf(name: string, body: string, budgets: Record<string, number> = {}) {
  const module = await assemble(guest(body, { data: method }))
  return await buildPackage({
    name,
    files: { 'plugin.wasm': module },
    manifest: { entry: 'plugin.wasm', capabilities: { graph: ['read'], network: false } },
    budgets,
  })
}

test('a WebAssembly plugin has the grants, budgets, denials and receipts of any plugin', async (t) => {
  const s = await createTestServer(t)
  const entities = Array.from({ length: 30 }, (_, i) => ({
    key: `host:${i}`,
    type: 'host',
    name: `acme ${i}`,
  }))
  const source = { name: 's', version: '1', licence: 'CC0-1.0' }
  await s.value(s.a.admin, 'graph.import', { source, entities })
  const input = { q: 'acme', limit: 20 }
  const run = (id: string) => s.ask(s.a.analyst, 'plugin.run', { id, input })

  const id = await s.install(s.a, await pluginOf('in-wasm', search))
  const refused = (await s.value(s.a.analyst, 'plugin.run', { id, input })) as { result: { code: string } }
  assert.equal(refused.result.code, 'CapabilityDenied')
  await s.value(s.a.admin, 'plugin.grant', { id, caps: ['read:graph'] })
  const allowed = (await s.value(s.a.analyst, 'plugin.run', { id, input })) as { result: unknown[] }
  assert.equal(allowed.result.length, 20)
  const receipts = await s.receipts({ operation: 'graph.search' })
  assert.deepEqual(
    receipts.map(({ decision }) => decision),
    ['denied', 'allowed'],
  )
  await s.value(s.a.admin, 'plugin.revoke', { id, caps: ['read:graph'] })
  const again = (await s.value(s.a.analyst, 'plugin.run', { id, input })) as { result: { code: string } }
  assert.equal(again.result.code, 'CapabilityDenied')

  const escapes = await s.install(s.a, await pluginOf('escapes', escaping))
  const ended = await run(escapes)
  assert.ok(
    !ended.outcome.ok && ended.outcome.denial.code === 'CapabilityDenied',
    JSON.stringify(ended.outcome),
  )

  const ends: [code: string, body: string, budgets: Record<string, number>][] = [
    ['BudgetExceeded:rows', search, { rows: 10 }],
    ['BudgetExceeded:time', '(loop $l (br $l)) unreachable', { ms: 300 }],
    ['BudgetExceeded:memory', '(drop (memory.grow (i32.const 9000))) unreachable', { memoryMB: 16 }],
    [
      'BudgetExceeded:calls',
      `(loop $l (drop (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length))) (br $l)) unreachable`,
      { calls: 3, rows: 1000 },
    ],
    ['BudgetExceeded:output', '(call $packed (i32.const 0) (i32.const 100000))', { outputBytes: 1000 }],
    ['plugin_threw', 'unreachable', {}],
    ['result_invalid', '(call $packed (i32.const 16) (i32.const 12))', {}],
  ]
  for (const [at, [code, body, budgets]] of ends.entries()) {
    const one = await s.install(s.a, await pluginOf(`ends-${at}`, body, budgets), ['read:graph'])
    const { outcome } = await run(one)
    assert.equal(outcome.ok ? 'returned' : outcome.denial.code, code, JSON.stringify(outcome))
    if (code === 'plugin_threw' && !outcome.ok) assert.match(outcome.denial.message, /trapped: unreachable/)
  }
})

test('what only the runner finds in a module, and what packing finds, is said in words', async (t) => {
  const s = await createTestServer(t)
  const atomics = await pluginOf('with-threads', '(drop (i32.atomic.load (i32.const 0))) unreachable')
  const id = await s.install(s.a, atomics)
  const { outcome } = await s.ask(s.a.analyst, 'plugin.run', { id, input: {} })
  assert.ok(!outcome.ok && outcome.denial.code === 'plugin_threw', JSON.stringify(outcome))
  assert.match(outcome.denial.message, /The module uses threads \(atomic instructions\)/)
  await assert.rejects(
    buildPackage({
      name: 'no-module',
      files: { 'plugin.wasm': 'exports.run = 1' },
      manifest: { entry: 'plugin.wasm' },
    }),
    { code: 'module_invalid' },
  )
})
