import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestServer } from '../../../../tests/support/test-server.ts'

const draft = { key: 'ip:192.0.2.1', type: 'ip', name: '192.0.2.1' }

test('notes keep their order and their text to the last character', async (t) => {
  const s = await createTestServer(t)
  const texts = [
    'first 🦓',
    ' spaces kept \n\t',
    '<script>alert(1)</script>',
    "'; drop table cases; --",
    'x'.repeat(200_000),
  ]
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x', note: texts[0] as string })
  for (const text of texts.slice(1)) await s.value(s.a.analyst, 'case.add_note', { id, text })
  const { notes } = await s.value(s.a.analyst, 'case.read', { id })
  assert.deepEqual(
    notes.map((note) => note.text),
    texts,
  )
  assert.ok(notes.every((note) => note.by === 'analyst'))
  const [row] = (await s.value(s.a.analyst, 'case.list', {})).rows
  assert.deepEqual([row?.notes, row?.entities, row?.tlp, row?.demo], [5, 0, 'GREEN', true])
})

test('pages follow each other without gap or repeat, newest first', async (t) => {
  const s = await createTestServer(t)
  for (let i = 0; i < 7; i += 1) await s.value(s.a.analyst, 'case.create', { title: `c${i}` })
  const titles: string[] = []
  let cursor: string | undefined
  do {
    const page = await s.value(s.a.analyst, 'case.list', {
      limit: 3,
      ...(cursor === undefined ? {} : { cursor }),
    })
    titles.push(...page.rows.map((row) => row.title))
    cursor = page.next
  } while (cursor !== undefined)
  assert.deepEqual(titles, ['c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0'])
})

test('what is attached twice is attached once, with the citations of both', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  const cite = (row: number) => ({ ...draft, citations: [{ source: 'data', row }] })
  await s.value(s.a.analyst, 'case.add_entities', { id, entities: [cite(1), cite(2)] })
  await s.value(s.a.analyst, 'case.add_entities', { id, entities: [cite(2), cite(3)] })
  const { entities } = await s.value(s.a.analyst, 'case.read', { id })
  assert.deepEqual(
    entities.map((each) => each.citations),
    [[1, 2, 3].map((row) => ({ source: 'data', row }))],
  )
})

test('relations to unknown ends are left out, however many a proposal names', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  const entities = Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, type: 't', name: `n${i}` }))
  const relations = Array.from({ length: 5_000 }, (_, i) => ({
    from: `k${i % 50}`,
    to: i === 7 ? 'k8' : `unknown ${i}`,
    type: 'r',
  }))
  const attached = await s.value(s.a.analyst, 'case.add_entities', { id, entities, relations })
  assert.deepEqual(attached, { created: 50, updated: 0, relations: 1 })
})

test('an entity of a marked case carries its marking', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x', tlp: 'AMBER' })
  await s.value(s.a.analyst, 'case.add_entities', { id, entities: [draft] })
  assert.equal((await s.value(s.a.analyst, 'graph.entity', { id: draft.key })).tlp, 'AMBER')
})

test('raising a marking is free, and taking it back needs somebody else', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x', tlp: 'CLEAR' })
  assert.deepEqual(await s.value(s.a.analyst, 'case.set_tlp', { id, tlp: 'AMBER' }), { id, tlp: 'AMBER' })
  assert.equal((await s.denial(s.a.analyst, 'case.set_tlp', { id, tlp: 'CLEAR' })).code, 'approval_required')
  assert.equal((await s.value(s.a.analyst, 'case.read', { id })).tlp, 'AMBER')
})

test('undoing a run leaves what people have attached to cases of their own', async (t) => {
  const s = await createTestServer(t)
  const plugin = await s.install(s.a, {
    code: "return { entities: [{ key: 'a', type: 't', name: 'A' }, { key: 'b', type: 't', name: 'B' }] }",
  })
  const [one, two] = [
    await s.value(s.a.analyst, 'case.create', { title: '1' }),
    await s.value(s.a.colleague, 'case.create', { title: '2' }),
  ]
  const { runId } = await s.value(s.a.analyst, 'plugin.run', { id: plugin, case: one.id })
  assert.equal((await s.denial(s.a.analyst, 'run.undo', { id: runId })).code, 'nothing_to_undo')
  assert.deepEqual(await s.value(s.a.analyst, 'run.accept', { id: runId, case: one.id }), {
    accepted: 2,
    created: 2,
    updated: 0,
    relations: 0,
  })
  await s.value(s.a.colleague, 'case.add_entities', {
    id: two.id,
    entities: [{ key: 'a', type: 't', name: 'A' }],
  })
  const undone = await s.value(s.a.analyst, 'run.undo', { id: runId })
  assert.deepEqual(undone, { removedEntities: 1, removedRelations: 0, restored: 0, kept: 1 })
  assert.deepEqual((await s.value(s.a.analyst, 'case.read', { id: one.id })).entities, [])
  assert.deepEqual(
    (await s.value(s.a.colleague, 'case.read', { id: two.id })).entities.map((each) => each.entity.key),
    ['a'],
  )
  assert.equal((await s.denial(s.a.analyst, 'run.undo', { id: runId })).code, 'nothing_to_undo')
})

test('a proposal is accepted by row, shown as a difference, and once accepted it is the same', async (t) => {
  const s = await createTestServer(t)
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 's', version: '1', licence: 'l' },
    entities: [
      { key: 'a', type: 't', name: 'Old' },
      { key: 'c', type: 't', name: 'C' },
    ],
  })
  const code =
    "return { entities: [{ key: 'a', type: 't', name: 'A' }, { key: 'b', type: 't', name: 'B' }, { key: 'c', type: 't', name: 'C' }], relations: [{ from: 'a', to: 'b', type: 'r' }] }"
  const plugin = await s.install(s.a, { code })
  const { id } = await s.value(s.a.analyst, 'case.create', { title: '1' })
  const { runId, proposal } = await s.value(s.a.analyst, 'plugin.run', { id: plugin, case: id })
  assert.deepEqual(proposal, { create: 1, update: 1, same: 1 })
  const diff = async () =>
    (await s.value(s.a.analyst, 'run.diff', { id: runId })).rows.map(
      ({ row, change, accepted }) => `${row} ${change}${accepted ? ' accepted' : ''}`,
    )
  assert.deepEqual(await diff(), ['e1 update', 'e2 create', 'e3 same', 'r1 create'])
  assert.equal(
    (await s.denial(s.a.analyst, 'run.accept', { id: runId, case: id, rows: ['e1', 'e9'] })).code,
    'proposal_row_unknown',
  )
  assert.deepEqual(await s.value(s.a.analyst, 'run.accept', { id: runId, case: id, rows: ['e2', 'r1'] }), {
    accepted: 2,
    created: 1,
    updated: 0,
    relations: 1,
  })
  assert.deepEqual(await diff(), ['e1 update', 'e2 same accepted', 'e3 same', 'r1 same accepted'])
  await s.value(s.a.analyst, 'run.accept', { id: runId, case: id })
  assert.deepEqual(await s.value(s.a.analyst, 'run.accept', { id: runId, case: id }), {
    accepted: 4,
    created: 0,
    updated: 0,
    relations: 0,
  })
  const failed = await s.install(s.a, { name: 'failing', code: 'throw 1' })
  await s.denial(s.a.analyst, 'plugin.run', { id: failed })
  const [run] = (await s.value(s.a.analyst, 'run.list', { package: failed })).rows
  for (const operation of ['run.diff', 'run.accept']) {
    assert.equal(
      (
        await s.denial(s.a.analyst, operation, {
          id: run?.id,
          ...(operation === 'run.accept' ? { case: id } : {}),
        })
      ).code,
      'run_without_result',
    )
  }
})

test('what a plugin wrote by capability is undone like what was accepted', async (t) => {
  const s = await createTestServer(t)
  const code =
    "await api.cases.addEntities({ id: args.case, entities: [{ key: 'a', type: 't', name: 'A' }] }); return 1"
  const plugin = await s.install(
    s.a,
    { code, manifest: { capabilities: { cases: ['write'], network: false } } },
    ['write:case'],
  )
  const { id } = await s.value(s.a.analyst, 'case.create', { title: '1' })
  const { runId } = await s.value(s.a.analyst, 'plugin.run', { id: plugin, case: id })
  assert.equal((await s.value(s.a.analyst, 'case.read', { id })).entities[0]?.run, runId)
  assert.equal((await s.value(s.a.analyst, 'run.undo', { id: runId })).removedEntities, 1)
  assert.deepEqual((await s.value(s.a.analyst, 'case.read', { id })).entities, [])
})

test('the relations of a case are those between its entities, and no other', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  const entities = ['a', 'b', 'c'].map((key) => ({ key, type: 't', name: key }))
  await s.value(s.a.analyst, 'graph.upsert', {
    entities: [...entities, { key: 'outside', type: 't', name: 'outside' }],
    relations: [
      { from: 'a', to: 'b', type: 'near', confidence: 0.5 },
      { from: 'b', to: 'a', type: 'near' },
      { from: 'c', to: 'outside', type: 'near' },
    ],
  })
  assert.deepEqual(await s.value(s.a.analyst, 'case.relations', { id }), { rows: [], cut: false })
  await s.value(s.a.analyst, 'case.add_entities', { id, entities })
  const read = await s.value(s.a.analyst, 'case.read', { id })
  const keyOf = new Map(read.entities.map(({ entity }) => [entity.id, entity.key]))
  const { rows, cut } = await s.value(s.a.reviewer, 'case.relations', { id })
  assert.deepEqual(
    rows.map(({ from, to, relation, confidence }) => [keyOf.get(from), keyOf.get(to), relation, confidence]),
    [
      ['a', 'b', 'near', 0.5],
      ['b', 'a', 'near', 1],
    ],
  )
  assert.equal(cut, false)
  const one = await s.value(s.a.analyst, 'case.relations', { id, limit: 1 })
  assert.deepEqual([one.rows.length, one.cut], [1, true])
  assert.equal((await s.denial(s.b.analyst, 'case.relations', { id })).code, 'case_unknown')
})

test('the cases of an entity are those that it is attached to, and none of others', async (t) => {
  const s = await createTestServer(t)
  const first = await s.value(s.a.analyst, 'case.create', { title: 'first' })
  await s.value(s.a.analyst, 'case.create', { title: 'second' })
  await s.value(s.a.analyst, 'case.add_entities', { id: first.id, entities: [draft] })
  const { id: entity } = await s.value(s.a.analyst, 'graph.entity', { id: draft.key })
  const { rows } = await s.value(s.a.analyst, 'case.list', { entity })
  assert.deepEqual(
    rows.map(({ title, entities }) => [title, entities]),
    [['first', 1]],
  )
  assert.deepEqual(await s.value(s.b.analyst, 'case.list', { entity }), { rows: [] })
})

test('people are told who opened a case', async (t) => {
  const s = await createTestServer(t)
  const { id } = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  assert.equal((await s.value(s.a.reviewer, 'case.read', { id })).openedBy, 'analyst')
})
