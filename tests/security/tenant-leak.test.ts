import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { pluginMethods } from '../../apps/server/src/sandbox/capabilities/index.ts'
import { createTestServer } from '../support/test-server.ts'
import { essences, inputs } from './tenant-leak/calls.ts'
import { compare } from './tenant-leak/compare.ts'
import type { Comparison } from './tenant-leak/compare.ts'
import { runBoth, strayRows } from './tenant-leak/kept.ts'
import type { Leak } from './tenant-leak/leaks.ts'
import { models } from './tenant-leak/oracle.ts'
import { serveOutside } from './tenant-leak/outside.ts'

/** The same calls each time, unless somebody wants to see others: what a failure names is to be had again. */
const seed = Number(process.env['SWITCHBOARD_LEAK_SEED'] ?? 2026)

test('the model, the inputs and the answers cover each method that a plugin has', () => {
  for (const table of [models, inputs, essences])
    assert.deepEqual(Object.keys(table).toSorted(), pluginMethods.toSorted())
})

async function compareBuild(t: TestContext, of: Omit<Comparison, 'seed'>, expectErrors?: RegExp) {
  const outside = await serveOutside(t)
  const s = await createTestServer(t, {
    ...outside.serverOptions,
    ...(expectErrors === undefined ? {} : { expectErrors }),
  })
  t.diagnostic(`SWITCHBOARD_LEAK_SEED=${seed}`)
  return { s, outside, found: await compare(s, outside, { ...of, seed }) }
}

test('10,000 calls of two tenants end as an independent model says, and nothing of one is ever with the other', async (t) => {
  const { s, outside, found } = await compareBuild(t, { calls: 10_000, differencesAtMost: 5 })
  t.diagnostic(`${found.asked} calls: answered ${told(found.answered)}; refused ${told(found.refused)}`)
  assert.deepEqual(found.differences, [], `with SWITCHBOARD_LEAK_SEED=${seed}`)
  assert.equal(found.asked, 10_000)
  assert.equal(found.sent, outside.answered(), 'each answer that is not called kept was asked for')
  await runBoth(s, outside)
  const { stray, searched, own } = await strayRows(s, outside)
  assert.deepEqual(stray, [])
  t.diagnostic(`${searched} rows searched; a tenant's own words in ${[...own.a].join(', ')}`)
  // Each method was answered and each refusal met, or the comparison would say little.
  assert.deepEqual(
    [...found.answered.keys()].toSorted(),
    pluginMethods.filter((method) => method !== 'data.range').toSorted(),
  )
  assert.deepEqual([...found.refused.keys()].toSorted(), refusals)
  for (const words of [own.a, own.b])
    for (const table of ['cases', 'entities', 'idempotency_keys', 'plugin_values', 'run_logs', 'runs'])
      assert.ok(words.has(table), `a tenant's word is in its own ${table}`)
})

/** What the model can refuse. */
const refusals = [
  'CapabilityDenied',
  'case_unknown',
  'ceiling_exceeded',
  'entity_unknown',
  'kv_quota_exceeded',
  'policy_denied',
  'question_not_understood',
  'secret_unknown',
  'table_kind_mismatch',
  'table_unknown',
]

const leakingBuilds: readonly (readonly [string, Leak])[] = [
  ['a store that reads entities of all', { forgets: 'organisation', of: 'entities' }],
  ['a store that reads cases of all', { forgets: 'organisation', of: 'cases' }],
  ['a store that reads values of all', { forgets: 'organisation', of: 'plugin_values' }],
  ['a store that reads installed tables of all', { forgets: 'organisation', of: 'installations' }],
  ['tables that answer one tenant for all', { forgets: 'whose tables' }],
  ['a way out that keeps answers for all together', { forgets: 'whose answers' }],
  ['a way out that sends the secrets of one tenant for all', { forgets: 'whose secrets' }],
  ['a gate that forgets the ceilings', { forgets: 'ceilings' }],
  ['a gate that grants what the manifest names', { forgets: 'grants' }],
]
for (const [build, leak] of leakingBuilds)
  test(`the same calls find ${build}`, async (t) => {
    const { found } = await compareBuild(t, { calls: 10_000, leak, differencesAtMost: 1 }, /./)
    t.diagnostic(`after ${found.asked} calls: ${found.differences[0] ?? 'nothing'}`)
    assert.ok(found.differences.length > 0, `with SWITCHBOARD_LEAK_SEED=${seed}`)
  })

function told(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, times]) => `${name} ${times}`).join(', ')
}
