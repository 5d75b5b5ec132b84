import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import fc from 'fast-check'
import { createTestServer } from '../../../../../tests/support/test-server.ts'
import { mostCounted, parseCypher, printCypher } from './cypher.ts'
import type { Query } from './cypher.ts'
import { forms, readQuestion } from './grammar.ts'

async function withGraph(t: TestContext) {
  const s = await createTestServer(t)
  const entity = (key: string, type: string, name: string) => ({ key, type, name })
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 'feed', version: '1', licence: 'MIT' },
    entities: [
      entity('ip:192.0.2.1', 'ip-address', '192.0.2.1'),
      entity('ip:192.0.2.2', 'ip-address', '192.0.2.2'),
      entity('as:64500', 'autonomous-system', 'AS64500 Example Networks'),
      entity('as:64501', 'autonomous-system', 'AS64501 Other'),
      entity('org:example', 'organisation', 'Example Networks'),
      entity('country:SE', 'country', 'Sweden'),
      entity('domain:a.example', 'domain', 'Mercury'),
      entity('port:1', 'port', 'Mercury'),
    ],
    relations: [
      { from: 'ip:192.0.2.1', to: 'as:64500', type: 'announced-by' },
      { from: 'ip:192.0.2.2', to: 'as:64500', type: 'announced-by' },
      { from: 'as:64500', to: 'org:example', type: 'operated-by' },
      { from: 'as:64500', to: 'country:SE', type: 'registered-in' },
      { from: 'as:64501', to: 'country:SE', type: 'registered-in' },
      { from: 'domain:a.example', to: 'ip:192.0.2.1', type: 'resolves-to' },
    ],
  })
  return {
    s,
    ask: (question: string, more: object = {}) =>
      s.value(s.a.analyst, 'graph.ask', { question, run: true, ...more }),
    refused: (question: string) => s.denial(s.a.analyst, 'graph.ask', { question }),
  }
}

/** Keys of the entities in the rows, or the count. */
function answerOf(rows: readonly unknown[]): unknown {
  return rows.map((row) => {
    const { entity, count, path } = row as {
      entity?: { key: string }
      count?: number
      path?: { entities: { key: string }[] }
    }
    return entity?.key ?? count ?? path?.entities.map(({ key }) => key)
  })
}

test('questions become Cypher that the store performs', async (t) => {
  const { ask } = await withGraph(t)
  const both = ['as:64500', 'as:64501']
  const ips = ['ip:192.0.2.1', 'ip:192.0.2.2']
  for (const [question, query, answer] of [
    [
      'Which autonomous systems announce 192.0.2.1?',
      "MATCH (a {key: 'ip:192.0.2.1'})-[:`announced-by`]->(b:`autonomous-system`) RETURN DISTINCT b ORDER BY b.key LIMIT 100",
      ['as:64500'],
    ],
    [
      'who owns AS64500',
      "MATCH (a {key: 'as:64500'})-[:`operated-by`]->(b) RETURN DISTINCT b ORDER BY b.key LIMIT 100",
      ['org:example'],
    ],
    [
      'which addresses are announced by as:64500',
      "MATCH (a {key: 'as:64500'})<-[:`announced-by`]-(b:`ip-address`) RETURN DISTINCT b ORDER BY b.key LIMIT 100",
      ips,
    ],
    ['what does AS64500 announce', undefined, ips],
    ['what does Example Networks operate?', undefined, ['as:64500']],
    ['which country is AS64500 registered in?', undefined, ['country:SE']],
    ['where is AS64500 registered', undefined, ['country:SE']],
    ['which autonomous systems are registered in Sweden', undefined, both],
    [
      'how many autonomous systems are registered in "Sweden"?',
      "MATCH (a {key: 'country:SE'})<-[:`registered-in`]-(b:`autonomous-system`) RETURN count(DISTINCT b) AS count",
      [2],
    ],
    ['How many ASNs are there?', 'MATCH (b:`autonomous-system`) RETURN count(DISTINCT b) AS count', [2]],
    ['list all countries', 'MATCH (b:`country`) RETURN DISTINCT b ORDER BY b.key LIMIT 100', ['country:SE']],
    [
      'organisations near 192.0.2.1',
      "MATCH (a {key: 'ip:192.0.2.1'})-[*1..2]-(b:`organisation`) WHERE b <> a RETURN DISTINCT b ORDER BY b.key LIMIT 100",
      ['org:example'],
    ],
    ['domains within 3 hops of Sweden', undefined, ['domain:a.example']],
    ['domains within 2 hops of Sweden', undefined, []],
    [
      'path between 192.0.2.2 and Sweden',
      "MATCH p = shortestPath((a {key: 'ip:192.0.2.2'})-[*..4]-(b {key: 'country:SE'})) RETURN p",
      [['ip:192.0.2.2', 'as:64500', 'country:SE']],
    ],
    ['how is AS64501 connected to the domain:a.example', undefined, undefined],
    ['what is 192.0.2.1', "MATCH (a {key: 'ip:192.0.2.1'}) RETURN a", ['ip:192.0.2.1']],
    ['which domains resolve to 192.0.2.1', undefined, ['domain:a.example']],
  ] as const) {
    if (answer === undefined) continue
    const asked = await ask(question)
    if (query !== undefined) assert.equal(asked.query, query, question)
    assert.deepEqual(answerOf(asked.rows), answer, `${question}: ${asked.query}`)
    assert.ok(asked.ran && asked.explanation.length > 10)
    // What was told beforehand held.
    assert.ok(asked.rows.length <= asked.cost.rowsAtMost, question)
  }
})

test('what it would cost is shown before anything runs, and a limit holds', async (t) => {
  const { s, ask } = await withGraph(t)
  const question = 'which addresses are announced by AS64500'
  const shown = await s.value(s.a.analyst, 'graph.ask', { question })
  assert.deepEqual([shown.ran, shown.rows, shown.cost], [false, [], { readsAtMost: 5, rowsAtMost: 100 }])
  const one = await ask(question, { limit: 1 })
  assert.deepEqual([answerOf(one.rows), one.cut], [['ip:192.0.2.1'], true])
})

test('what it is not sure of it does not guess: it says why, and what it can be asked', async (t) => {
  const { refused } = await withGraph(t)
  for (const [question, why] of [
    ['who owns the moon?', /no entity here is called "moon"/],
    ['which planets announce 192.0.2.1', /no entity here is of a type "planets"/],
    ['who loves 192.0.2.1', /no relation here says "loves"/],
    ['DROP TABLE entities', /./],
    ["which autonomous systems announce ' OR 1=1", /no entity here is called/],
    ['?', /./],
  ] as const) {
    const denial = await refused(question)
    assert.equal(denial.code, 'question_not_understood', question)
    assert.match(denial.params['why'] as string, why, question)
    assert.equal((denial.params['nearest'] as string[]).length, 3)
  }
  assert.deepEqual(
    ((await refused('who announces Sweden and 192.0.2.1')).params['nearest'] as string[]).length,
    3,
  )
  const ambiguous = await refused('what is Mercury')
  assert.equal(ambiguous.code, 'question_ambiguous')
  assert.deepEqual(ambiguous.params['candidates'], ['domain:a.example', 'port:1'])
})

test('a plugin cannot ask about what is beyond its ceilings, nor walk or count through it', async (t) => {
  const { s } = await withGraph(t)
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 'feed', version: '1', licence: 'MIT' },
    tlp: 'RED',
    entities: [{ key: 'as:64502', type: 'autonomous-system', name: 'Secret' }],
    relations: [
      { from: 'as:64502', to: 'country:SE', type: 'registered-in' },
      { from: 'as:64502', to: 'ip:192.0.2.2', type: 'near' },
    ],
  })
  const code = `const answers = []
    for (const question of args.questions)
      answers.push(await api.nl2cypher({ question, run: true }).then((a) => a.rows.map((r) => r.count ?? r.entity.key), (e) => e.code))
    return { answers }`
  const manifest = { permissions: ['use:nl2cypher'], capabilities: { graph: ['read'] } }
  const id = await s.install(s.a, { code, manifest }, ['use:nl2cypher', 'read:graph'])
  const questions = [
    'how many autonomous systems are there',
    'how many autonomous systems are registered in Sweden',
    'what is Secret',
    'autonomous systems near 192.0.2.2',
  ]
  const answers = async () =>
    ((await s.value(s.a.analyst, 'plugin.run', { id, input: { questions } })).result as { answers: unknown })
      .answers
  assert.deepEqual(await answers(), [[3], [3], ['as:64502'], ['as:64500', 'as:64502']])
  await s.value(s.a.admin, 'plugin.set_ceilings', { id, tlp: 'AMBER' })
  assert.deepEqual(await answers(), [[2], [2], 'question_not_understood', ['as:64500']])
  const other = await s.denial(s.b.analyst, 'graph.ask', { question: 'what is 192.0.2.1' })
  assert.equal(other.code, 'question_not_understood')
})

test('neither what a question would cost nor why it is not understood tells a plugin of what is beyond its ceilings', async (t) => {
  const { s } = await withGraph(t)
  const code = `const answers = []
    for (const question of args.questions)
      answers.push(await api.nl2cypher({ question, run: args.run }).then((a) => [a.cost, a.cut, a.rows.length], (e) => [e.code, e.params]))
    return { answers }`
  const manifest = { permissions: ['use:nl2cypher'], capabilities: { graph: ['read'] } }
  const id = await s.install(s.a, { code, manifest }, ['use:nl2cypher', 'read:graph'])
  await s.value(s.a.admin, 'plugin.set_ceilings', { id, tlp: 'AMBER', licences: ['MIT'] })
  const questions = [
    'which autonomous systems announce 192.0.2.2',
    'autonomous systems near 192.0.2.2',
    'path from 192.0.2.2 to Sweden',
    'how many vaults are there',
    'which ip addresses are betrayed by Sweden',
    'which ip addresses are watched by Sweden',
    'list countries',
  ]
  const answers = async () =>
    await Promise.all(
      [false, true].map(
        async (run) =>
          (await s.value(s.a.analyst, 'plugin.run', { id, input: { questions, run } })).result as object,
      ),
    )
  const before = await answers()
  const vault = { key: 'vault:1', type: 'vault', name: 'The vault' }
  const relations = ['near', 'announced-by', 'betrayed-by'].flatMap((type) => [
    { from: 'ip:192.0.2.2', to: 'vault:1', type },
    { from: 'country:SE', to: 'vault:1', type },
  ])
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 'feed', version: '1', licence: 'MIT' },
    tlp: 'RED',
    entities: [vault],
    relations,
  })
  // Itself for everybody, but with an end that is not: its word would tell of that end.
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 'feed', version: '2', licence: 'MIT' },
    tlp: 'CLEAR',
    entities: [{ key: 'ip:192.0.2.77', type: 'ip-address', name: '192.0.2.77', tlp: 'RED' }],
    relations: [{ from: 'ip:192.0.2.2', to: 'vault:1', type: 'watched-by' }],
  })
  // Of no licence at all is not under one that was allowed.
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 'feed', version: '1', licence: '' },
    entities: [{ key: 'country:XX', type: 'country', name: 'Unlicensed' }],
    relations: [{ from: 'as:64500', to: 'country:XX', type: 'registered-in' }],
  })
  assert.deepEqual(await answers(), before)
})

test('every query is what its text says, whatever its keys hold', () => {
  const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
  const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/)
  const ending = fc.oneof(
    fc.record({ count: fc.constant(false), limit: fc.integer({ min: 1, max: 1000 }) }),
    fc.constant({ count: true, limit: mostCounted }),
  )
  const typed = fc.oneof(fc.constant({}), fc.record({ type: name }))
  const hops = fc.integer({ min: 1, max: 9 })
  const query = fc.oneof(
    fc.record({ kind: fc.constant('node' as const), key }),
    fc.record({ kind: fc.constant('path' as const), from: key, to: key, hops }),
    fc.tuple(name, ending).map(([type, end]) => ({ kind: 'list' as const, type, ...end })),
    fc
      .tuple(
        key,
        fc.array(name, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('out' as const, 'in' as const),
        typed,
        ending,
      )
      .map(([of, relations, direction, type, end]) => ({
        kind: 'step' as const,
        key: of,
        relations,
        direction,
        ...type,
        ...end,
      })),
    fc.tuple(key, hops, typed, ending).map(([of, far, type, end]) => ({
      kind: 'near' as const,
      key: of,
      hops: far,
      ...type,
      ...end,
    })),
  )
  fc.assert(
    fc.property(query, (one: Query) => assert.deepEqual(parseCypher(printCypher(one)), { ...one })),
    { numRuns: 500 },
  )
  for (const other of ['MATCH (n) DETACH DELETE n', "MATCH (a {key: 'x'}) RETURN a; CREATE (b)", ''])
    assert.equal(parseCypher(other), undefined)
})

test('each example of the grammar is read by its own form, in time proportional to its length', () => {
  for (const { example } of forms) assert.ok(readQuestion(example).length > 0, example)
  const hostile = [
    'how many '.repeat(50),
    `${'a '.repeat(240)}near x`,
    `what is ${'is '.repeat(150)}`,
    'which '.repeat(80),
  ]
  for (const question of hostile) assert.ok(readQuestion(question.slice(0, 500)).length >= 0)
})
