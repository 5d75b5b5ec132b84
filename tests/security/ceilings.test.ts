import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { dataPackage } from '../support/test-package.ts'
import { createTestServer } from '../support/test-server.ts'

/** Runs the calls that it is given, in order, and answers what each came to. */
const caller = `
  const answers = []
  for (const [method, input] of args.calls) {
    const [group, verb] = method.split('.')
    try { answers.push(await api[group][verb](input)) } catch (error) { answers.push({ code: error.code, ...error.params, change: error.change }) }
  }
  return { answers }`
const capabilities = { graph: ['read'], cases: ['read', 'write'], data: ['ports'] }
const scopes = ['read:graph', 'read:case', 'write:case', 'read:data:ports']

interface Refused {
  readonly code: string
  readonly ceiling: string
  readonly marking: string
  readonly allowed: string
  readonly change: string
}

async function withCaller(t: TestContext) {
  const s = await createTestServer(t)
  const { admin, analyst } = s.a
  const table = await dataPackage({
    name: 'ports',
    csv: 'port,name\n22,ssh\n',
    columns: [
      { name: 'port', type: 'integer' },
      { name: 'name', type: 'string' },
    ],
    key: { kind: 'exact', column: 'port' },
  })
  await s.install(s.a, table)
  const id = await s.install(s.a, { name: 'caller', code: caller, manifest: { capabilities } }, scopes)
  const source = { name: 'feed', version: '1', licence: 'CC-BY-4.0' }
  const entity = (name: string) => ({ key: name, type: 'thing', name: `Thing ${name}` })
  await s.value(admin, 'graph.import', { source, entities: [entity('clear')] })
  for (const tlp of ['GREEN', 'AMBER', 'RED'] as const)
    await s.value(admin, 'graph.import', {
      source: { ...source, licence: 'proprietary' },
      tlp,
      entities: [entity(tlp)],
      relations: [{ from: 'clear', to: tlp, type: 'near' }],
    })
  return {
    s,
    id,
    /** What the calls of a run came to. */
    async calls(calls: readonly (readonly [string, object])[], caseId?: string) {
      const { result, runId } = await s.value(analyst, 'plugin.run', {
        id,
        input: { calls },
        ...(caseId === undefined ? {} : { case: caseId }),
      })
      return { runId, answers: (result as { answers: unknown[] }).answers }
    },
    raise: (ceilings: object) => s.value(admin, 'plugin.set_ceilings', { id, ...ceilings }),
    tlpOf: async (key: string) => (await s.value(analyst, 'graph.entity', { id: key })).tlp,
  }
}

const keysOf = (rows: unknown) => (rows as { key: string }[]).map((row) => row.key).toSorted()

test('beyond the TLP ceiling nothing reaches a plugin: not by id, by search, as a neighbour, nor with its case', async (t) => {
  const { s, calls, raise } = await withCaller(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x', tlp: 'GREEN' })
  await s.value(s.a.analyst, 'case.add_entities', {
    id,
    entities: [
      { key: 'GREEN', type: 'thing', name: 'Thing GREEN' },
      { key: 'AMBER', type: 'thing', name: 'Thing AMBER' },
    ],
  })
  const ask = async () =>
    (
      await calls(
        [
          ['graph.entity', { id: 'AMBER' }],
          ['graph.search', { q: 'Thing' }],
          ['graph.neighbours', { id: 'clear' }],
          ['cases.read', { id }],
        ],
        id,
      )
    ).answers
  await raise({ tlp: 'GREEN' })
  const [entity, found, near, read] = await ask()
  assert.deepEqual(entity, {
    code: 'ceiling_exceeded',
    package: 'caller',
    ceiling: 'tlp',
    marking: 'AMBER',
    allowed: 'GREEN',
    change: 'An administrator can raise its ceiling: switchboard plugin ceilings caller --tlp AMBER',
  })
  assert.deepEqual(keysOf(found), ['GREEN', 'clear'])
  assert.deepEqual(keysOf((near as { entity: object }[]).map((row) => row.entity)), ['GREEN'])
  assert.deepEqual(keysOf((read as { entities: { entity: object }[] }).entities.map((row) => row.entity)), [
    'GREEN',
  ])
  const receipts = await s.receipts({ operation: 'graph.entity' })
  assert.deepEqual(
    receipts.map(({ decision, parts }) => [decision, parts['policy']?.['rules']]),
    [['denied', ['plugin-tlp-ceiling']]],
  )
  const [search] = await s.receipts({ operation: 'graph.search' })
  assert.equal(search?.parts['subject']?.['target'], "without 2 rows that are beyond the plugin's ceilings")

  await raise({ tlp: 'AMBER' })
  const [amber, more] = await ask()
  assert.equal((amber as { key: string }).key, 'AMBER')
  assert.deepEqual(keysOf(more), ['AMBER', 'GREEN', 'clear'])
})

test('on a case whose TLP or PAP is beyond its ceilings a plugin reaches nothing at all', async (t) => {
  const { s, calls, raise } = await withCaller(t)
  await raise({ tlp: 'GREEN', pap: 'GREEN' })
  for (const [marks, ceiling] of [
    [{ tlp: 'AMBER', pap: 'GREEN' }, 'tlp'],
    [{ tlp: 'GREEN', pap: 'AMBER' }, 'pap'],
  ] as const) {
    const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x', ...marks })
    const { answers } = await calls(
      [
        ['graph.search', { q: 'Thing' }],
        ['data.lookup', { table: 'ports', key: 22 }],
        ['cases.read', { id }],
      ],
      id,
    )
    assert.deepEqual(
      (answers as Refused[]).map(({ code, ceiling: broken, marking }) => [code, broken, marking]),
      Array.from({ length: 3 }, () => ['ceiling_exceeded', ceiling, 'AMBER']),
    )
  }
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x', pap: 'GREEN' })
  assert.deepEqual(keysOf((await calls([['graph.search', { q: 'Thing' }]], id)).answers[0]), [
    'GREEN',
    'clear',
  ])
})

test('what is under another licence than those allowed does not reach a plugin', async (t) => {
  const { calls, raise } = await withCaller(t)
  const ask = async () =>
    (
      await calls([
        ['data.lookup', { table: 'ports', key: 22 }],
        ['graph.entity', { id: 'GREEN' }],
        ['graph.search', { q: 'Thing' }],
      ])
    ).answers
  await raise({ licences: ['CC-BY-4.0'] })
  const [row, entity, found] = await ask()
  assert.deepEqual(
    [row as Refused, entity as Refused].map(({ ceiling, marking, allowed }) => [ceiling, marking, allowed]),
    [
      ['licence', 'CC0-1.0', 'CC-BY-4.0'],
      ['licence', 'proprietary', 'CC-BY-4.0'],
    ],
  )
  assert.deepEqual(keysOf(found), ['clear'])
  await raise({ licences: [] })
  assert.deepEqual((await ask())[2], [])
  await raise({ licences: ['CC0-1.0', 'proprietary'] })
  assert.deepEqual(((await ask())[0] as { row: unknown }).row, { port: 22, name: 'ssh' })
})

test('no marking falls through a plugin: what it writes is marked as strictly as what it was given', async (t) => {
  const { s, calls, tlpOf } = await withCaller(t)
  const { analyst } = s.a
  const open = (tlp: 'CLEAR' | 'RED') => s.value(analyst, 'case.create', { title: tlp, tlp })
  const clear = await open('CLEAR')
  const write = (key: string) =>
    [
      'cases.addEntities',
      {
        id: clear.id,
        entities: [{ key, type: 'thing', name: 'n', tlp: 'CLEAR', properties: { told: key } }],
      },
    ] as const

  await calls([write('before'), ['graph.entity', { id: 'AMBER' }], write('after'), write('clear')], clear.id)
  assert.deepEqual(
    [await tlpOf('before'), await tlpOf('after'), await tlpOf('clear')],
    ['CLEAR', 'AMBER', 'AMBER'],
    'an entity that takes on a fact takes on its marking, and one written before it was known does not',
  )

  // As a proposal, accepted into another case, of a run that was given a RED case without reading it.
  const red = await open('RED')
  const propose = await s.install(s.a, {
    name: 'proposer',
    code: "return { entities: [{ key: 'before', type: 'thing', name: 'n', tlp: 'CLEAR', properties: { note: args.text } }] }",
  })
  const { runId } = await s.value(analyst, 'plugin.run', { id: propose, case: red.id, input: { text: 'x' } })
  await s.value(analyst, 'run.accept', { id: runId, case: clear.id })
  assert.equal(await tlpOf('before'), 'RED')
  await s.value(analyst, 'run.undo', { id: runId })
  assert.equal(await tlpOf('before'), 'CLEAR', 'taken back with its marking')
})

test("a relation is as secret as the run that wrote it, though its ends are everybody's", async (t) => {
  const { s, calls, raise } = await withCaller(t)
  const clear = await s.value(s.a.analyst, 'case.create', { title: 'x', tlp: 'CLEAR' })
  const ends = ['one', 'two'].map((key) => ({ key, type: 'thing', name: key }))
  const source = { name: 'feed', version: '1', licence: 'CC-BY-4.0' }
  await s.value(s.a.admin, 'graph.import', { source, entities: ends })
  await calls(
    [
      ['graph.entity', { id: 'RED' }],
      [
        'cases.addEntities',
        { id: clear.id, entities: [ends[0]], relations: [{ from: 'one', to: 'two', type: 'pays' }] },
      ],
    ],
    clear.id,
  )
  const near = async () => (await calls([['graph.neighbours', { id: 'two' }]])).answers[0] as unknown[]
  assert.equal((await near()).length, 1)
  await raise({ tlp: 'AMBER' })
  assert.deepEqual(await near(), [])
})

test('a package that names hosts starts with low ceilings, and a PAP is lowered by two people', async (t) => {
  const s = await createTestServer(t)
  const { analyst, admin, reviewer } = s.a
  await s.install(s.a, { name: 'quiet' })
  await s.install(s.a, { name: 'loud', manifest: { capabilities: { net: ['api.example.org'] } } })
  const ceilingsOf = async (id: string) =>
    (await s.value(admin, 'plugin.detail', { id })).installation?.ceilings
  assert.deepEqual(await ceilingsOf('quiet'), { tlp: 'RED', pap: 'RED', licences: ['*'] })
  assert.deepEqual(await ceilingsOf('loud'), { tlp: 'GREEN', pap: 'GREEN', licences: ['*'] })
  assert.equal((await s.denial(analyst, 'plugin.set_ceilings', { id: 'loud' })).code, 'policy_denied')
  for (const wrong of [
    { tlp: 'WHITE' },
    { pap: 'AMBER+STRICT' },
    { licences: [''] },
    { licences: ['a', 'a'] },
  ])
    assert.equal(
      (await s.denial(admin, 'plugin.set_ceilings', { id: 'loud', ...wrong })).code,
      'input_invalid',
    )

  const { id } = await s.value(analyst, 'case.create', { title: 'x' })
  assert.deepEqual(await s.value(analyst, 'case.set_pap', { id, pap: 'AMBER' }), { id, pap: 'AMBER' })
  const parked = await s.denial(analyst, 'case.set_pap', { id, pap: 'CLEAR' })
  assert.equal(parked.code, 'approval_required')
  assert.equal((await s.value(analyst, 'case.read', { id })).pap, 'AMBER')
  await s.value(reviewer, 'review.approve', { id: parked.params['taskId'] as string })
})
