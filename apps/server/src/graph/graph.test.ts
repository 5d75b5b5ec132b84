import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { performDirectly } from '../../../../tests/support/perform-directly.ts'
import { onEachStore } from '../../../../tests/support/stores.ts'
import type { Database } from '../kernel/db/index.ts'
import type { Actor } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import { stricterTlp } from '../kernel/tlp.ts'
import { createGraph, graphMigrations } from './index.ts'
import type { EntityDraft, GraphWrite } from './upsert.ts'

const source = { name: 'registry', version: '1', licence: 'CC0-1.0' }
const everything = new Set<string>()

function graphOf(database: Database, organisation = newId('org')) {
  const graph = createGraph({ database })
  const actor: Actor = { organisation, user: newId('usr'), name: 'ana', roles: [], demo: false, kind: 'user' }
  const write = (change: Partial<GraphWrite>) =>
    database.writer.transact({ by: 'gate', operation: 'test' }, (tx) =>
      graph.write(tx, { organisation, entities: [], relations: [], source, tlp: 'CLEAR', at: 1, ...change }),
    )
  const ask = (operation: string, input: unknown) =>
    performDirectly(database, { registrations: graph.registrations, operation, actor, input, at: 1 })
  return {
    organisation,
    graph,
    write,
    ask,
    undo: (run: string, held: ReadonlySet<string> = everything) =>
      database.writer.transact({ by: 'gate', operation: 'test' }, (tx) =>
        graph.undo(tx, { organisation, run, held: () => Promise.resolve(held) }),
      ),
    async found(q: string, more: Record<string, unknown> = {}): Promise<readonly string[]> {
      const outcome = await ask('graph.search', { q, ...more })
      assert.ok(outcome.ok)
      return (outcome.value as { rows: { name: string }[] }).rows.map((row) => row.name)
    },
    async entity(id: string) {
      const outcome = await ask('graph.entity', { id })
      return outcome.ok
        ? (outcome.value as {
            id: string
            name: string
            tlp: string
            confidence: number
            properties: unknown
            source: unknown
          })
        : undefined
    },
  }
}

function thing(key: string, change: Partial<EntityDraft> = {}): EntityDraft {
  return { key, type: 'thing', name: `Name of ${key}`, ...change }
}

onEachStore(
  'a known key updates: properties merge, the newest name and source stay, equal rows are left alone',
  graphMigrations,
  async (database) => {
    const { write, entity, found } = graphOf(database)
    await write({
      entities: [thing('k', { name: 'Old name', properties: { a: 1, b: { c: [1] } }, confidence: 0.5 })],
    })
    const later = { name: 'other', version: '2', licence: 'ODbL-1.0' }
    const changed = await write({
      entities: [thing('k', { name: 'New name', properties: { b: 2, d: null } })],
      source: later,
    })
    assert.deepEqual('created' in changed && [changed.created, changed.updated], [0, 1])
    const row = await entity('k')
    assert.deepEqual(
      [row?.name, row?.properties, row?.confidence, row?.source],
      ['New name', { a: 1, b: 2, d: null }, 0.5, later],
    )
    const same = await write({ entities: [thing('k', { name: 'New name', properties: { a: 1 } })] })
    assert.deepEqual('created' in same && [same.created, same.updated], [0, 0])
    assert.deepEqual((await entity('k'))?.source, later)
    assert.deepEqual([await found('old'), await found('new')], [[], ['New name']])
  },
)

onEachStore(
  'a marking never falls by a write, and rises by one that says nothing else',
  graphMigrations,
  async (database) => {
    const { write, entity } = graphOf(database)
    await write({ entities: [thing('k', { tlp: 'AMBER' })], tlp: 'GREEN' })
    await write({ entities: [thing('k', { tlp: 'CLEAR', name: 'x' })] })
    assert.equal((await entity('k'))?.tlp, 'AMBER')
    await write({ entities: [thing('k', { tlp: 'RED', name: 'x' })] })
    assert.equal((await entity('k'))?.tlp, 'RED')
  },
)

onEachStore(
  'the last of several drafts with one key wins, and a relation told twice is one',
  graphMigrations,
  async (database) => {
    const { write, entity, ask } = graphOf(database)
    const relation = { from: 'a', to: 'b', type: 'next_to' }
    const written = await write({
      entities: [thing('a'), thing('b', { name: 'first' }), thing('b', { name: 'second' })],
      relations: [relation, relation],
    })
    assert.deepEqual('created' in written && [written.created, written.relations], [2, 1])
    assert.equal((await entity('b'))?.name, 'second')
    const again = await write({ relations: [relation] })
    assert.equal('created' in again && again.relations, 0)
    const outcome = await ask('graph.neighbours', { id: 'a' })
    assert.deepEqual(outcome.ok && (outcome.value as { rows: unknown[] }).rows.length, 1)
  },
)

onEachStore(
  'a relation to nothing refuses the whole import and names what is missing',
  graphMigrations,
  async (database) => {
    const { ask, entity } = graphOf(database)
    const outcome = await ask('graph.import', {
      source,
      entities: [thing('a')],
      relations: [{ from: 'a', to: 'nothing', type: 't' }],
    })
    assert.deepEqual(
      [outcome.ok, outcome.ok ? '' : outcome.denial.code, outcome.ok ? '' : outcome.denial.params['missing']],
      [false, 'relation_dangling', 'nothing'],
    )
    assert.equal(await entity('a'), undefined)
  },
)

onEachStore('imports at the same moment all succeed', graphMigrations, async (database) => {
  const { write, found } = graphOf(database)
  const other = graphOf(database)
  const written = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      (i % 2 ? write : other.write)({
        entities: [thing(`k${i}`, { name: 'together' }), thing('shared', { name: `together ${i}` })],
      }),
    ),
  )
  assert.equal(
    written.reduce((sum, each) => sum + ('created' in each ? each.created : 0), 0),
    14,
  )
  assert.equal((await found('together')).length, 7)
})

onEachStore(
  'neighbours tell direction and type, and what relates to itself is told once',
  graphMigrations,
  async (database) => {
    const { write, ask } = graphOf(database)
    await write({
      entities: [thing('a'), thing('b'), thing('c')],
      relations: [
        { from: 'a', to: 'b', type: 'owns' },
        { from: 'c', to: 'a', type: 'hosts' },
        { from: 'a', to: 'a', type: 'is' },
      ],
    })
    const rows = async (input: Record<string, unknown>) => {
      const outcome = await ask('graph.neighbours', input)
      assert.ok(outcome.ok)
      return (
        outcome.value as { rows: { entity: { key: string }; relation: string; direction: string }[] }
      ).rows
        .map(({ entity, relation, direction }) => `${direction} ${relation} ${entity.key}`)
        .toSorted()
    }
    assert.deepEqual(await rows({ id: 'a' }), ['in hosts c', 'out is a', 'out owns b'])
    assert.deepEqual(await rows({ id: 'a', type: 'hosts' }), ['in hosts c'])
    assert.equal((await rows({ id: 'a', limit: 1 })).length, 1)
    const unknown = await ask('graph.neighbours', { id: 'nothing' })
    assert.equal(unknown.ok ? '' : unknown.denial.code, 'entity_unknown')
  },
)

onEachStore(
  'relations among entities have both ends there, none of another organisation, and no more than asked for',
  graphMigrations,
  async (database) => {
    const { organisation, graph, write, entity } = graphOf(database)
    await write({
      entities: [thing('a'), thing('b'), thing('c')],
      relations: [
        { from: 'a', to: 'b', type: 'owns' },
        { from: 'b', to: 'a', type: 'serves' },
        { from: 'a', to: 'c', type: 'owns' },
      ],
    })
    const ids: string[] = []
    for (const key of ['a', 'b']) ids.push((await entity(key))?.id ?? '')
    const among = async (of: string, most: number) =>
      (await graph.relationsAmong(database.read, of, ids, most)).map(({ type }) => type).toSorted()
    assert.deepEqual(await among(organisation, 10), ['owns', 'serves'])
    assert.equal((await among(organisation, 1)).length, 1)
    assert.deepEqual(await among(newId('org'), 10), [])
  },
)

onEachStore(
  'nothing that can be typed reaches into another organisation',
  graphMigrations,
  async (database) => {
    const mine = graphOf(database)
    const theirs = graphOf(database)
    await theirs.write({ entities: [thing('secret', { name: 'zebra of theirs' })] })
    await mine.write({ entities: [thing('open', { name: 'zebra of mine' })] })
    const scope = `scope_${theirs.organisation.replaceAll('_', '')}`
    const id = (await theirs.entity('secret'))?.id ?? ''
    const attempts = [
      'zebra',
      'zeb',
      scope,
      `${scope} zebra`,
      `"${scope}" OR zebra`,
      `zebra" OR "${scope}`,
      `zebra' | '${scope}`,
      `words:${scope}`,
      `{words}: ${scope}`,
      theirs.organisation,
      'secret',
      id,
    ]
    for (const q of attempts) {
      for (const name of await mine.found(q)) assert.equal(name, 'zebra of mine', q)
    }
    assert.equal(await mine.entity(id), undefined)
    assert.equal(await mine.entity('secret'), undefined)
  },
)

onEachStore('whatever is typed is a search for words, never a fault', graphMigrations, async (database) => {
  const { write, found } = graphOf(database)
  await write({ entities: [thing('ip:192.0.2.1', { name: 'Größe 漢字 Ünïcode İstanbul' })] })
  const hostile = [
    '"',
    "'",
    '*',
    '(',
    ')',
    'AND',
    'OR NOT',
    'NEAR(a b)',
    'a*b',
    '^a',
    '-a',
    'a:b',
    "'; drop table entities; --",
    '\\',
    '\\\\',
    '%',
    '_',
    'a & b',
    'a | !b',
    'a <-> b',
    ':*',
    "''",
    '﷽',
    '🦓',
    ' ',
    '…',
    'x'.repeat(500),
    'a '.repeat(250),
    '\u0301',
    'ſ',
    'ﬁ',
  ]
  for (const q of hostile) await found(q)
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
      async (q) => void (await found(q)),
    ),
    { numRuns: 60 },
  )
  for (const q of ['größe', 'GRÖSSE 漢字'.slice(6), '192.0.2.1', 'ip', 'ünï', 'i̇stanbul']) {
    assert.equal((await found(q)).length, 1, q)
  }
})

onEachStore(
  'undo takes back what a run made, restores what it changed, and keeps what others touched',
  graphMigrations,
  async (database) => {
    const { write, undo, entity, found } = graphOf(database)
    const run = newId('run')
    await write({ entities: [thing('old', { name: 'Before' }), thing('shared', { name: 'Ours' })] })
    await write({
      run,
      entities: [
        thing('old', { name: 'After' }),
        thing('shared', { name: 'Theirs' }),
        thing('made'),
        thing('linked'),
        thing('held'),
        thing('renamed'),
      ],
      relations: [{ from: 'made', to: 'old', type: 'r' }],
    })
    // Others go on: one entity is written, one is connected, one is referred to from elsewhere.
    await write({
      entities: [
        thing('shared', { name: 'Ours again' }),
        thing('renamed', { name: 'By a person' }),
        thing('new'),
      ],
      relations: [{ from: 'new', to: 'linked', type: 'r' }],
    })
    const held = (await entity('held'))?.id ?? ''
    const { gone, ...undone } = await undo(run, new Set([held]))
    assert.deepEqual(undone, { removedEntities: 1, removedRelations: 1, restored: 1, kept: 4 })
    assert.equal(gone.length, 1)
    assert.equal(await entity('made'), undefined)
    assert.deepEqual(
      [(await entity('old'))?.name, (await entity('shared'))?.name, (await entity('renamed'))?.name],
      ['Before', 'Ours again', 'By a person'],
    )
    assert.ok((await entity('linked')) && (await entity('held')))
    assert.deepEqual([await found('Before'), await found('After'), await found('made')], [['Before'], [], []])
    const twice = await undo(run)
    assert.deepEqual(twice, { removedEntities: 0, removedRelations: 0, restored: 0, kept: 0, gone: [] })
  },
)

onEachStore(
  'a run that wrote twice is undone to what was before its first write',
  graphMigrations,
  async (database) => {
    const { write, undo, entity } = graphOf(database)
    const run = newId('run')
    await write({ entities: [thing('k', { name: 'zero', properties: { a: 1 } })] })
    for (const name of ['one', 'two'])
      await write({ run, entities: [thing('k', { name, properties: { b: 2 } })] })
    await undo(run)
    assert.deepEqual([(await entity('k'))?.name, (await entity('k'))?.properties], ['zero', { a: 1 }])
  },
)

onEachStore(
  'an organisation that goes takes its graph along and no other',
  graphMigrations,
  async (database) => {
    const mine = graphOf(database)
    const theirs = graphOf(database)
    for (const each of [mine, theirs])
      await each.write({ entities: [thing('a'), thing('b')], relations: [{ from: 'a', to: 'b', type: 't' }] })
    const removed = await database.writer.transact({ by: 'gate', operation: 'test' }, (tx) =>
      mine.graph.removeAll(tx, mine.organisation),
    )
    assert.deepEqual(removed, { entities: 2, relations: 1 })
    assert.deepEqual([(await mine.found('name')).length, (await theirs.found('name')).length], [0, 2])
  },
)

test('of two markings the stricter one is kept, and one that nobody knows is stricter than all', () => {
  const order = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED', 'ULTRAVIOLET']
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries()) assert.equal(stricterTlp(a, b), order[Math.max(i, j)])
  }
})

onEachStore(
  'a relation is the same only with both its ends, its type and its organisation; a thousand are looked up at once',
  graphMigrations,
  async (database) => {
    const g = graphOf(database)
    const entities = Array.from({ length: 40 }, (_, at) => ({ key: `k${at}`, type: 't', name: 'n' }))
    const all = entities.flatMap((from) => entities.map((to) => ({ from: from.key, to: to.key, type: 'r' })))
    const stored = all.filter((_, at) => at % 3 === 0)
    await g.write({ entities, relations: stored })
    const preview = (organisation: string, drafts: typeof all) =>
      g.graph.previewRelations(database.read, organisation, drafts)
    assert.deepEqual(
      await preview(g.organisation, all),
      all.map((_, at) => (at % 3 === 0 ? 'same' : 'create')),
    )
    assert.deepEqual(
      await preview(g.organisation, [
        { from: 'k0', to: 'k0', type: 'other' },
        { from: 'k0', to: 'unknown', type: 'r' },
      ]),
      ['create', 'create'],
    )
    assert.deepEqual(await preview(newId('org'), stored.slice(0, 1)), ['create'])
    assert.deepEqual(await preview(g.organisation, []), [])
  },
)
