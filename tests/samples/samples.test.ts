import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { sampleManifest, sampleRun } from './load-sample.ts'

const schema = JSON.parse(
  readFileSync(new URL('../../docs/reference/manifest.schema.json', import.meta.url), 'utf8'),
)

test('sample-enricher has a manifest of the guide’s shape and calls nothing but the search', async () => {
  assert.deepEqual(Object.keys(sampleManifest('sample-enricher')), [
    'name',
    'version',
    'entry',
    'capabilities',
    'budgets',
    'permissions',
  ])
  const run = await sampleRun('sample-enricher')
  const asked: unknown[] = []
  const search = async (query: unknown) => {
    asked.push(query)
    return [
      { id: 'ent_1', type: 'organisation', name: 'Acme' },
      { id: 'ent_2', type: 'organisation', name: 'Acme Two' },
    ]
  }
  const result = await run({ q: 'acme' }, { graph: { search } })
  assert.deepEqual(asked, [{ q: 'acme', limit: 10 }])
  assert.equal(result['ok'], true)
  const results = result['results'] as { id: string; score: number }[]
  assert.deepEqual(results.map(({ id }) => id).toSorted(), ['ent_1', 'ent_2'])
  for (const { score } of results) assert.ok(score >= 0 && score < 1)
})

test('hostile-escape reports every attempt and says which one reached something', async () => {
  // In this process, which is no sandbox, some attempts must succeed: else the plugin would prove nothing elsewhere.
  const refuse = () => Promise.reject(Object.assign(new Error('no'), { code: 'CapabilityDenied' }))
  const api = {
    graph: { search: async () => [] },
    cases: { read: refuse, addEntities: refuse },
    data: { range: refuse },
    nl2cypher: refuse,
  }
  const result = await (await sampleRun('hostile-escape'))({}, api)
  const attempts = result['attempts'] as { attempt: string; reached: boolean; detail: string }[]
  const reached = result['reached'] as string[]
  assert.ok(attempts.length > 30)
  for (const name of [
    'process of this realm',
    'process by the constructor of api',
    'fs by require with scheme',
    'shared memory',
  ]) {
    assert.ok(reached.includes(name), name)
  }
  const denied = attempts.find(({ attempt }) => attempt === 'a table without consent')
  assert.deepEqual([denied?.reached, denied?.detail], [false, 'CapabilityDenied'])
})

test('hostile-exhaust has the ways its manifest offers, and the harmless ones do what they say', async () => {
  const run = await sampleRun('hostile-exhaust')
  const input = sampleManifest('hostile-exhaust')['input'] as { properties: { way: { enum: string[] } } }
  const listed = await run({ way: 'unknown' }, {}).catch((error: Error) => error.message)
  assert.equal(listed, `Choose a way: ${input.properties.way.enum.join(', ')}`)
  const cyclic = await run({ way: 'cyclic' }, {})
  assert.throws(() => JSON.stringify(cyclic), TypeError)
  await assert.rejects(run({ way: 'recursion' }, {}), RangeError)
})

test('every sample’s manifest uses only keys of the published schema', () => {
  const known = new Set(Object.keys(schema.anyOf[0].properties))
  for (const name of [
    'sample-enricher',
    'ioc-triage',
    'ip-asn-context',
    'hostile-escape',
    'hostile-exhaust',
  ]) {
    for (const key of Object.keys(sampleManifest(name))) assert.ok(known.has(key), `${name}: ${key}`)
  }
})
