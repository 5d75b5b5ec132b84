import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { dataPackage } from '../../../../../tests/support/test-package.ts'
import { createTestServer } from '../../../../../tests/support/test-server.ts'
import { operationBehind, pluginMethods } from '../../../../server/src/sandbox/capabilities/index.ts'
import { loadPlugin } from './load-plugin.ts'
import { openLocalSandbox } from './open-local-sandbox.ts'
import { runLocally } from './run-locally.ts'
import { createServerWorld } from './server-world.ts'
import { createWorld, operationsInMemory } from './world.ts'
import type { WorldFile } from './world-schema.ts'

const graph = {
  source: { name: 's', version: '1', licence: 'CC0-1.0' },
  tlp: 'GREEN' as const,
  entities: [
    { key: 'org:acme', type: 'organisation', name: 'Acme Works', properties: { country: 'NL' } },
    { key: 'org:acmetic', type: 'organisation', name: 'Acmetic Example' },
    { key: 'domain:acme.example', type: 'domain', name: 'acme.example', confidence: 0.5 },
    { key: 'ip:192.0.2.1', type: 'ip', name: '192.0.2.1', tlp: 'AMBER' as const },
  ],
  relations: [
    { from: 'org:acme', to: 'domain:acme.example', type: 'owns', confidence: 0.75 },
    { from: 'domain:acme.example', to: 'ip:192.0.2.1', type: 'resolves_to' },
  ],
}
const columns = [
  { name: 'start', type: 'ip' },
  { name: 'end', type: 'ip' },
  { name: 'asn', type: 'integer' },
] as const
const key = { kind: 'range', from: 'start', to: 'end' } as const

// Each call with what a plugin sees of its answer or refusal.
const code = `
  const calls = [
    ...['acme', 'ACME', 'acme works', 'acm', 'example', 'org:acme', '192.0.2.1', 'nothing', '!!'].map((q) => ['graph.search', { q }]),
    ['graph.search', { q: 'acme', type: 'domain' }], ['graph.search', { q: 'acme', limit: 1 }], ['graph.search', { q: '' }],
    ['graph.search', { q: 'x', limit: 0 }], ['graph.search', { q: 'x', page: 1 }], ['graph.search', {}],
    ['graph.entity', { id: 'org:acme' }], ['graph.entity', { id: 'org:nobody' }],
    ['graph.neighbours', { id: 'domain:acme.example' }], ['graph.neighbours', { id: 'domain:acme.example', type: 'owns' }],
    ['graph.neighbours', { id: 'org:nobody' }],
    ['cases.read', { id: args.case }], ['cases.read', { id: 'case_' + 'f'.repeat(32) }], ['cases.read', { id: 'mine' }],
    ['cases.addEntities', { id: args.case, entities: [{ key: 'org:new', type: 'organisation', name: 'New' }, { key: 'org:acme', type: 'organisation', name: 'Acme Works', properties: { size: 5 } }], relations: [{ from: 'org:new', to: 'org:acme', type: 'owns' }] }],
    ['cases.addEntities', { id: args.case, entities: [] }],
    ['cases.addEntities', { id: 'case_' + 'f'.repeat(32), entities: [{ key: 'org:new', type: 'organisation', name: 'New' }] }],
    ['graph.search', { q: 'new' }], ['graph.entity', { id: 'org:acme' }], ['cases.read', { id: args.case }],
    ['data.range', { table: 'ip-asn', value: '192.0.2.77' }], ['data.range', { table: 'ip-asn', value: '198.51.100.1' }],
    ['data.range', { table: 'ip-asn', value: 'no address' }], ['data.lookup', { table: 'ip-asn', key: '192.0.2.77' }],
    ['data.range', { table: 'other', value: '192.0.2.77' }],
    ['nl2cypher', { question: 'who?' }],
  ]
  const answers = []
  for (const [method, query] of calls) {
    const [group, verb] = method.split('.')
    const call = verb === undefined ? api[group] : api[group][verb]
    answers.push([method, query, await call(query).catch(({ code, message, params }) => ({ code, message: message.slice(0, 60), params }))])
  }
  return { answers }
`
const manifest = {
  capabilities: { graph: ['read'], cases: ['read', 'write'], data: ['ip-asn'] },
  permissions: ['use:nl2cypher'],
  budgets: { ms: 20_000, memoryMB: 32, rows: 1000 },
}
const caps = ['read:graph', 'read:case', 'write:case', 'read:data:ip-asn']

test('a plugin is answered and refused by the local world as by a server', async (t) => {
  const s = await createTestServer(t)
  await s.value(s.a.admin, 'graph.import', graph)
  const csv = 'start,end,asn\n192.0.2.0,192.0.2.255,64500\n'
  await s.install(s.a, await dataPackage({ name: 'ip-asn', csv, columns, key }))
  const id = await s.install(s.a, { name: 'probe', code, manifest }, caps)
  const opened = await s.value(s.a.analyst, 'case.create', { title: 'One', tlp: 'AMBER', note: 'first' })
  const run = await s.value(s.a.analyst, 'plugin.run', { id, case: opened.id })

  const folder = await mkdtemp(join(tmpdir(), 'switchboard-world-'))
  t.after(() => rm(folder, { recursive: true }))
  const full = {
    name: 'probe',
    version: '1.0.0',
    entry: 'index.js',
    ...manifest,
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(full))
  await writeFile(join(folder, 'index.js'), `exports.run = async function (args, api) { ${code} }\n`)
  const world: WorldFile = {
    graph,
    cases: [{ id: opened.id, title: 'One', tlp: 'AMBER', notes: ['first'] }],
    tables: [
      {
        name: 'ip-asn',
        version: '1.0.0',
        licence: 'CC0-1.0',
        columns: [...columns],
        key,
        rows: [['192.0.2.0', '192.0.2.255', 64500]],
      },
    ],
  }
  await using sandbox = await openLocalSandbox({ env: { SWITCHBOARD_SANDBOX: 'development' } })
  const local = await runLocally(await loadPlugin(folder), sandbox, {
    caseId: opened.id,
    granted: new Set(caps),
    world: await createWorld(new Map([['fixtures/world.json', world]])),
  })
  assert.ok(local.outcome.ok, JSON.stringify(local.outcome))
  const [here, there] = [local.outcome.value.result, run.result].map((result) =>
    (result as { answers: unknown[] }).answers.map(comparable),
  )
  assert.deepEqual(here, there)
  assert.deepEqual(
    [
      ...new Set(
        (here ?? []).map((one) => String(operationBehind(String((one as unknown[])[0]))?.operation)),
      ),
    ].toSorted(),
    operationsInMemory.toSorted(),
  )
})

test('a method that no world has by itself is answered as recorded, and says so where nothing is', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-world-'))
  t.after(() => rm(folder, { recursive: true }))
  const asks = `exports.run = async ({ question }, api) => api.nl2cypher({ question }).catch(({ code }) => ({ code }))\n`
  const full = {
    name: 'probe',
    version: '1.0.0',
    entry: 'index.js',
    ...manifest,
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(full))
  await writeFile(join(folder, 'index.js'), asks)
  await using sandbox = await openLocalSandbox({ env: { SWITCHBOARD_SANDBOX: 'development' } })
  const world: WorldFile = {
    answers: [
      { method: 'nl2cypher', args: { question: 'who?' }, answer: { query: 'MATCH (n)', rows: [1] }, rows: 1 },
      { method: 'nl2cypher', args: { question: 'why?' }, denial: { code: 'not_today' } },
    ],
  }
  const plugin = await loadPlugin(folder)
  const ask = async (question: string, granted: readonly string[]) => {
    const order = {
      input: { question },
      granted: new Set(granted),
      world: await createWorld(new Map([['w', world]])),
    }
    const { outcome } = await runLocally(plugin, sandbox, order)
    return outcome.ok ? outcome.value.result : outcome.denial.code
  }
  const both = ['use:nl2cypher', 'read:graph']
  assert.deepEqual(await ask('who?', both), { query: 'MATCH (n)', rows: [1] })
  assert.deepEqual(await ask('why?', both), { code: 'not_today' })
  assert.deepEqual(await ask('how?', both), { code: 'question_not_understood' })
  // What is recorded is no way around a grant.
  assert.deepEqual(await ask('who?', []), { code: 'CapabilityDenied' })
  assert.ok(pluginMethods.length >= operationsInMemory.length)
})

/** Without what a server makes up: ids, times, and the digest of its policy; order kept. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(comparable)
    // Relations and attachments come in the order of ids, which a server draws by lot.
    const isSet = items.some((item) => typeof item === 'object' && item !== null && 'entity' in item)
    return isSet ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items
  }
  if (typeof value !== 'object' || value === null) return value
  const made = ['id', 'at', 'openedAt', 'by', 'run', 'policyDigest', 'confidence', 'source']
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, held]) => !made.includes(name) || (name === 'id' && String(held).startsWith('case_')))
      .map(([name, held]) => [name, comparable(held)]),
  )
}

test('code under development only reads on a server, unless that is said, and is told what no person can ask there', async () => {
  const asked: string[] = []
  const io = {
    fetch: async (address: unknown) => {
      asked.push(new URL(String(address)).pathname)
      const headers = { 'switchboard-cost-micros': '0' }
      return Response.json({ created: 1, updated: 0, relations: 0 }, { headers })
    },
  }
  const of = (writes: boolean) => createServerWorld({ url: 'http://127.0.0.1:4000' }, io, { writes })
  const write = {
    method: 'cases.addEntities',
    operation: 'case.add_entities',
    input: { id: 'case_1', entities: [] },
  }
  const codeOf = async (answered: ReturnType<ReturnType<typeof of>['perform']>) => {
    const outcome = (await answered)?.outcome
    return outcome?.ok === false ? outcome.denial.code : 'allowed'
  }
  assert.equal(await codeOf(of(false).perform(write)), 'server_only_reads')
  const ask = { method: 'kv.get', operation: 'kv.get', input: { key: 'k' } }
  assert.equal(await codeOf(of(true).perform(ask)), 'server_refused')
  assert.deepEqual(asked, [])
  assert.equal(await codeOf(of(true).perform(write)), 'allowed')
  assert.deepEqual(asked, ['/cases/case_1/entities'])
})
