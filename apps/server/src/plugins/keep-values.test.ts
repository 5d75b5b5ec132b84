import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { onEachStore } from '../../../../tests/support/stores.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { People, TestServer } from '../../../../tests/support/test-server.ts'
import { deleteValuesOf, findValue, listValues, putValue, usageOf, valueMigrations } from './value-store.ts'

/** Performs the calls that it is given, in order, and answers what each came to. */
const code = `
  const answers = []
  for (const [method, input] of args.calls) {
    const [group, verb] = method.split('.')
    try { answers.push(await api[group][verb](input)) } catch (error) { answers.push({ code: error.code, ...error.params }) }
  }
  return answers`
const manifest = { capabilities: { store: ['kv'], graph: ['read', 'write'] } }
const caps = ['store:kv', 'read:graph', 'write:graph']

async function withKeeper(t: TestContext) {
  const s = await createTestServer(t)
  for (const name of ['keeper', 'other'])
    await s.install(
      s.a,
      { name, code, manifest, budgets: { ms: 30_000, rows: 10_000, outputBytes: 4_000_000 } },
      caps,
    )
  await s.install(s.b, { name: 'keeper', code, manifest }, caps)
  return s
}

async function calls(
  s: TestServer,
  who: People,
  id: string,
  list: readonly (readonly [string, object])[],
  caseId?: string,
): Promise<unknown[]> {
  const { result } = await s.value(who.analyst, 'plugin.run', {
    id,
    input: { calls: list },
    ...(caseId === undefined ? {} : { case: caseId }),
  })
  return result as unknown[]
}

test('a value outlasts its run, for the same plugin of the same organisation alone', async (t) => {
  const s = await withKeeper(t)
  const value = { seen: [1, 'zwei', null] }
  const [kept, again, none] = await calls(s, s.a, 'keeper', [
    ['kv.set', { key: 'state', value }],
    ['kv.get', { key: 'state' }],
    ['kv.get', { key: 'nothing' }],
  ])
  assert.deepEqual([kept, again, none], [{ key: 'state', bytes: 24 }, value, null])
  const look = [
    ['kv.get', { key: 'state' }],
    ['kv.list', {}],
    ['kv.delete', { key: 'state' }],
  ] as const
  for (const [who, id] of [
    [s.a, 'other'],
    [s.b, 'keeper'],
  ] as const)
    assert.deepEqual(await calls(s, who, id, look), [null, { rows: [] }, { deleted: false }])
  assert.deepEqual(
    (await calls(s, s.a, 'keeper', look)).map((answer) => (answer as { rows?: [] }).rows?.length ?? answer),
    [value, 1, { deleted: true }],
  )
})

test('keys are listed in order, page by page, by prefix', async (t) => {
  const s = await withKeeper(t)
  await calls(
    s,
    s.a,
    'keeper',
    ['b:2', 'a', 'b:10', 'b:1', 'B'].map((key) => ['kv.set', { key, value: 1 }] as const),
  )
  const [first, rest, some] = (await calls(s, s.a, 'keeper', [
    ['kv.list', { limit: 3 }],
    ['kv.list', { limit: 3, cursor: 'b:1' }],
    ['kv.list', { prefix: 'b:' }],
  ])) as { rows: { key: string }[]; next?: string }[]
  const keys = (page: typeof first) => page?.rows.map((row) => row.key)
  assert.deepEqual([keys(first), first?.next], [['B', 'a', 'b:1'], 'b:1'])
  assert.deepEqual([keys(rest), rest?.next], [['b:10', 'b:2'], undefined])
  assert.deepEqual(keys(some), ['b:1', 'b:10', 'b:2'])
})

test('a quota of bytes and of keys is never overrun, and administrators see and clear what is kept', async (t) => {
  const s = await withKeeper(t)
  const big = 'x'.repeat(65_534)
  const fill = Array.from({ length: 17 }, (_, i) => ['kv.set', { key: `big${i}`, value: big }] as const)
  const answers = (await calls(s, s.a, 'keeper', [
    ...fill,
    ['kv.set', { key: 'big0', value: big }],
    ['kv.set', { key: 'x', value: `${big}x` }],
    ['kv.set', { key: 'no such key', value: 1 }],
  ])) as { code?: string; what?: string; used?: number; allowed?: number }[]
  assert.deepEqual(
    answers.map(({ code: refused }) => refused ?? 'kept'),
    [
      ...Array.from({ length: 16 }, () => 'kept'),
      'kv_quota_exceeded',
      'kept',
      'kv_value_invalid',
      'input_invalid',
    ],
  )
  assert.deepEqual(
    [answers[16]?.what, answers[16]?.used, answers[16]?.allowed],
    ['bytes', 17 * 65_536, 1_048_576],
  )
  assert.deepEqual((await s.value(s.a.admin, 'plugin.kv_usage', {})).rows, [
    { id: 'keeper', keys: 16, keysAllowed: 1000, bytes: 1_048_576, bytesAllowed: 1_048_576 },
  ])
  assert.deepEqual((await s.value(s.b.admin, 'plugin.kv_usage', {})).rows, [])
  assert.deepEqual(await s.value(s.a.admin, 'plugin.kv_clear', { id: 'keeper' }), { id: 'keeper', keys: 16 })
  assert.deepEqual((await s.value(s.a.admin, 'plugin.kv_usage', {})).rows, [])

  await s.database.writer.transact({ by: 'bootstrap' }, async (tx) => {
    for (let i = 0; i < 1000; i += 1)
      await putValue(tx, {
        organisation: s.a.organisation,
        package: 'keeper',
        key: `k${i}`,
        value: '1',
        bytes: 1,
        tlp: 'CLEAR',
        pap: 'CLEAR',
        canary: 'c',
        updated_at: 1,
      })
  })
  const [more, same] = (await calls(s, s.a, 'keeper', [
    ['kv.set', { key: 'one-more', value: 1 }],
    ['kv.set', { key: 'k7', value: 2 }],
  ])) as { code?: string; what?: string }[]
  assert.deepEqual([more?.code, more?.what, same?.code], ['kv_quota_exceeded', 'keys', undefined])
})

test('what a plugin kept goes with it, without a trace, and people have no values of their own', async (t) => {
  const s = await withKeeper(t)
  await calls(s, s.a, 'keeper', [['kv.set', { key: 'k', value: 'v' }]])
  await calls(s, s.b, 'keeper', [['kv.set', { key: 'k', value: 'of B' }]])
  for (const [operation, input] of [
    ['kv.get', { key: 'k' }],
    ['kv.set', { key: 'k', value: 1 }],
    ['kv.delete', { key: 'k' }],
    ['kv.list', {}],
  ] as const)
    assert.equal((await s.denial(s.a.analyst, operation, input)).code, 'kv_plugins_only')
  const purged = await s.value(s.a.admin, 'plugin.uninstall', { id: 'keeper' })
  assert.equal(purged.removed.find(({ what }) => what === 'values that the plugin kept')?.count, 1)
  assert.deepEqual(purged.residue, [])
  await s.value(s.a.admin, 'plugin.install', { id: 'keeper', caps })
  assert.deepEqual(await calls(s, s.a, 'keeper', [['kv.get', { key: 'k' }]]), [null])
  assert.deepEqual(await calls(s, s.b, 'keeper', [['kv.get', { key: 'k' }]]), ['of B'])
})

test('a value is as secret as the run that kept it, and so is what is written after reading it', async (t) => {
  const s = await withKeeper(t)
  const red = await s.value(s.a.analyst, 'case.create', { title: 'x', tlp: 'RED' })
  await calls(s, s.a, 'keeper', [['kv.set', { key: 'told', value: 'secret' }]], red.id)
  const entity = (key: string) =>
    ['graph.upsert', { entities: [{ key, type: 'thing', name: key, tlp: 'CLEAR' }] }] as const
  await calls(s, s.a, 'keeper', [entity('before'), ['kv.get', { key: 'told' }], entity('after')])
  await calls(s, s.a, 'keeper', [['kv.list', {}], entity('listed')])
  const tlpOf = async (id: string) => (await s.value(s.a.analyst, 'graph.entity', { id })).tlp
  assert.deepEqual(
    [await tlpOf('before'), await tlpOf('after'), await tlpOf('listed')],
    ['CLEAR', 'RED', 'RED'],
  )
  await s.value(s.a.admin, 'plugin.set_ceilings', { id: 'keeper', tlp: 'AMBER' })
  const [got, listed] = (await calls(s, s.a, 'keeper', [
    ['kv.get', { key: 'told' }],
    ['kv.list', {}],
  ])) as { code?: string; rows?: [] }[]
  assert.deepEqual([got?.code, listed?.rows], ['ceiling_exceeded', []])
})

test('what may not be noticed outside may not be after it was kept: neither from a value nor from its key', async (t) => {
  const s = await createTestServer(t, { resolve: () => Promise.resolve([]) })
  const host = 'api.example.org'
  const reach = { capabilities: { store: ['kv'], net: [host] } }
  await s.install(s.a, { name: 'carrier', code, manifest: reach }, ['store:kv', `net:${host}`])
  await s.value(s.a.admin, 'plugin.set_ceilings', { id: 'carrier', tlp: 'RED', pap: 'RED' })
  const ask = ['net.fetch', { url: `https://${host}/?q=told` }] as const
  const codesOf = async (list: readonly (readonly [string, object])[], caseId?: string) =>
    ((await calls(s, s.a, 'carrier', list, caseId)) as ({ code?: string } | null)[]).map((told) => told?.code)
  const { id: quiet } = await s.value(s.a.analyst, 'case.create', { title: 'x', tlp: 'CLEAR', pap: 'RED' })
  assert.deepEqual(await codesOf([ask, ['kv.set', { key: 'told', value: 'target' }]], quiet), [
    'policy_denied',
    undefined,
  ])
  for (const read of [
    ['kv.get', { key: 'told' }],
    ['kv.list', {}],
  ] as const)
    assert.deepEqual(await codesOf([ask, read, ask]), ['net_unreachable', undefined, 'policy_denied'])
  await s.value(s.a.admin, 'plugin.set_ceilings', { id: 'carrier', pap: 'AMBER' })
  assert.deepEqual(await codesOf([['kv.get', { key: 'told' }]]), ['ceiling_exceeded'])
})

onEachStore(
  'values are kept apart by owner, replaced by key, and summed',
  valueMigrations,
  async (database) => {
    const row = (organisation: string, key: string, bytes: number) => ({
      organisation,
      package: 'p',
      key,
      value: '1',
      bytes,
      tlp: 'CLEAR',
      pap: 'CLEAR',
      canary: 'c',
      updated_at: 1,
    })
    const [a, b] = [
      { organisation: 'a', package: 'p' },
      { organisation: 'b', package: 'p' },
    ]
    const write = database.writer.transact.bind(database.writer, { by: 'bootstrap' })
    await write(async (tx) => {
      for (const each of [row('a', 'b', 5), row('a', 'B', 7), row('a', 'b', 3), row('b', 'b', 11)])
        await putValue(tx, each)
    })
    assert.deepEqual(
      [await usageOf(database.read, a), await usageOf(database.read, b)],
      [
        { keys: 2, bytes: 10 },
        { keys: 1, bytes: 11 },
      ],
    )
    const page = { prefix: '', after: undefined, limit: 9 }
    assert.deepEqual(
      (await listValues(database.read, a, page)).map(({ key }) => key),
      ['B', 'b'],
    )
    assert.equal(await write((tx) => deleteValuesOf(tx, 'a', 'p')), 2)
    assert.equal(await findValue(database.read, a, 'b'), undefined)
    assert.equal((await findValue(database.read, b, 'b'))?.bytes, 11)
  },
)
