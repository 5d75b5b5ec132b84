import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createTestServer } from '../../../../tests/support/test-server.ts'

const manifest = { capabilities: { graph: ['read', 'write'] } }
const caps = ['read:graph', 'write:graph']

async function withWriter(t: TestContext) {
  const s = await createTestServer(t)
  await s.install(
    s.a,
    {
      name: 'writer',
      code: 'return { wrote: await api.graph.upsert(args) }',
      manifest,
      budgets: { rows: 1000 },
    },
    caps,
  )
  return {
    s,
    write: (input: object) => s.value(s.a.analyst, 'plugin.run', { id: 'writer', input }),
    entity: async (id: string) => {
      const { outcome } = await s.ask(s.a.analyst, 'graph.entity', { id })
      return outcome.ok
        ? (outcome.value as { name: string; confidence: number; citations?: unknown[] })
        : undefined
    },
  }
}
const thing = (key: string, more: object = {}) => ({ key, type: 'thing', name: key, ...more })

test('what a plugin writes bears its run, confidence and citations, and undoing the run takes it back', async (t) => {
  const { s, write, entity } = await withWriter(t)
  const source = { name: 'feed', version: '1', licence: 'MIT' }
  await s.value(s.a.admin, 'graph.import', { source, entities: [thing('known')] })
  const citation = { source: 'data', table: 'ports', row: 7 }
  const one = await write({
    entities: [thing('new', { confidence: 0.5, citations: [citation] }), thing('known', { name: 'renamed' })],
    relations: [{ from: 'new', to: 'known', type: 'near' }],
  })
  assert.deepEqual(one.result, { wrote: { created: 1, updated: 1, relations: 1 } })
  const two = await write({ entities: [thing('new', { citations: [citation, { row: 8 }] })] })
  const written = await entity('new')
  assert.deepEqual([written?.confidence, written?.citations], [0.5, [citation, { row: 8 }]])
  const [receipt] = await s.receipts({ operation: 'graph.upsert' })
  assert.deepEqual([receipt?.rows, receipt?.decision, receipt?.run], [3, 'allowed', one.runId])

  await s.value(s.a.analyst, 'run.undo', { id: two.runId })
  assert.deepEqual((await entity('new'))?.citations, [citation])
  const undone = await s.value(s.a.analyst, 'run.undo', { id: one.runId })
  assert.deepEqual(undone, { removedEntities: 1, removedRelations: 1, restored: 1, kept: 0 })
  assert.deepEqual([await entity('new'), (await entity('known'))?.name], [undefined, 'known'])
})

test('a row keeps its licence whatever a run writes into it, so that writing opens nothing to reading', async (t) => {
  const s = await createTestServer(t)
  const code = `
    await api[args.group][args.verb](args.write)
    return await api.graph.entity({ id: 'paid' }).then((row) => row.properties, (error) => error.code)`
  const granted = [...caps, 'write:case']
  const plugin = {
    name: 'taker',
    code,
    manifest: { capabilities: { graph: ['read', 'write'], cases: ['write'] } },
  }
  await s.install(s.a, { ...plugin, budgets: { rows: 100 } }, granted)
  await s.value(s.a.admin, 'plugin.set_ceilings', { id: 'taker', licences: ['as cited', 'proprietary'] })
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 'feed', version: '1', licence: 'LicenseRef-Paid' },
    entities: [thing('paid', { properties: { worth: 'a lot' } })],
  })
  const { id: caseId } = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  const entities = [thing('paid', { properties: { mine: true } })]
  for (const [group, verb, write] of [
    ['graph', 'upsert', { entities }],
    ['cases', 'addEntities', { id: caseId, entities: [thing('paid', { properties: { mine: 2 } })] }],
  ] as const) {
    const input = { group, verb, write }
    const { result } = await s.value(s.a.analyst, 'plugin.run', { id: 'taker', case: caseId, input })
    assert.equal(result, 'ceiling_exceeded', verb)
  }
  const row = await s.value(s.a.analyst, 'graph.entity', { id: 'paid' })
  assert.deepEqual([row.source.licence, row.properties], ['LicenseRef-Paid', { worth: 'a lot', mine: 2 }])
})

test('a write that dangles, or that is not granted, leaves nothing', async (t) => {
  const { s, write, entity } = await withWriter(t)
  const dangling = { entities: [thing('a')], relations: [{ from: 'a', to: 'nowhere', type: 'near' }] }
  assert.equal(
    (await s.denial(s.a.analyst, 'plugin.run', { id: 'writer', input: dangling })).code,
    'plugin_threw',
  )
  const [refused] = await s.receipts({ operation: 'graph.upsert' })
  assert.match(JSON.stringify(refused?.parts['output']), /"code":"relation_dangling"/)
  assert.equal(await entity('a'), undefined)
  await s.value(s.a.admin, 'plugin.revoke', { id: 'writer', caps: ['write:graph'] })
  const input = { entities: [thing('a')] }
  assert.equal((await s.denial(s.a.analyst, 'plugin.run', { id: 'writer', input })).code, 'CapabilityDenied')
  await s.value(s.a.admin, 'plugin.grant', { id: 'writer', caps: ['write:graph'] })
  assert.equal((await write(input)).ok, true)
})

test('everything that a plugin ever wrote is taken back at once, save what others hold', async (t) => {
  const { s, write, entity } = await withWriter(t)
  await write({ entities: [thing('a', { name: 'first' }), thing('b')] })
  await write({ entities: [thing('a', { name: 'second' })] })
  await write({ entities: [thing('held')] })
  const { id } = await s.value(s.a.colleague, 'case.create', { title: 'x' })
  await s.value(s.a.colleague, 'case.add_entities', { id, entities: [thing('held')] })
  const undone = await s.value(s.a.admin, 'plugin.undo', { id: 'writer' })
  assert.deepEqual(undone, { runs: 3, removedEntities: 2, removedRelations: 0, restored: 1, kept: 1 })
  assert.deepEqual(
    [await entity('a'), await entity('b'), (await entity('held'))?.name],
    [undefined, undefined, 'held'],
  )
  assert.equal((await s.value(s.a.colleague, 'case.read', { id })).entities.length, 1)
  assert.deepEqual(await s.value(s.a.admin, 'plugin.undo', { id: 'writer' }), {
    runs: 0,
    removedEntities: 0,
    removedRelations: 0,
    restored: 0,
    kept: 0,
  })
})
