import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, deny, gateDenials } from '@switchboard/api'
import type { Outcome } from '@switchboard/api'
import { Fault } from '../../kernel/fault.ts'
import { createFakeGate, post, someReceipt, startSurface } from '../testing/surface-under-test.ts'
import type { Asked } from '../testing/surface-under-test.ts'

interface Result {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { message: string; path?: unknown; extensions: Record<string, unknown> }[]
}

function answers(asked: Asked): Outcome<unknown> {
  switch (asked.operation) {
    case 'plugin.install':
      return allow({
        id: 'ioc-triage',
        version: '1.0.0',
        capabilities: ['read:graph'],
        granted: [],
        installedAt: 0,
      })
    case 'plugin.grant':
      return allow({ granted: true, capabilities: ['read:graph'] })
    case 'plugin.run':
      return asked.input !== null && typeof asked.input === 'object' && 'input' in asked.input
        ? allow({ ok: true, runId: `run_${'1'.repeat(32)}` })
        : deny(gateDenials, 'CapabilityDenied', { capability: 'read:graph', package: 'x', declared: true })
    case 'user.self':
      return asked.caller.kind === 'none'
        ? deny(gateDenials, 'unauthenticated', { reason: 'missing' })
        : allow({ id: 'usr_1', name: 'ana' })
    case 'run.list':
      return allow({
        rows: [{ id: 'run_1', startedAt: 1_700_000_000_000, endedAt: null, costMicros: '9007199254740993' }],
      })
    case 'system.status':
      return allow({ logSize: 5_000_000_000 })
    case 'budget.read':
      throw new Fault('store_unavailable', 'disk /secret is full', { retryable: true })
    case 'usage.read':
      throw new TypeError('secret bug')
    default:
      return allow({ rows: [] })
  }
}

async function ask(query: string, options: { variables?: unknown; headers?: Record<string, string> } = {}) {
  const gate = createFakeGate(answers)
  await using server = await startSurface(gate)
  const response = await post(
    `${server.baseUrl}/graphql`,
    { query, variables: options.variables },
    { authorization: 'Bearer t', ...options.headers },
  )
  return { response, result: (await response.json()) as Result, asked: gate.asked }
}

test('the three mutations of the specification work in its very words', async () => {
  const install = await ask('mutation { pluginInstall(id:"ioc-triage"){ id, capabilities } }')
  assert.deepEqual(install.result, {
    data: { pluginInstall: { id: 'ioc-triage', capabilities: ['read:graph'] } },
  })
  const grant = await ask('mutation { pluginGrant(id:"ioc-triage", caps:["read:graph"]) }')
  assert.deepEqual(grant.result, { data: { pluginGrant: true } })
  const run = await ask('mutation { pluginRun(id:"ioc-triage", input:{ q:"acme" }){ ok } }', {
    headers: { 'idempotency-key': 'k' },
  })
  assert.deepEqual(run.result, { data: { pluginRun: { ok: true } } })
  assert.deepEqual(
    { ...run.asked[0], input: JSON.parse(JSON.stringify(run.asked[0]?.input)), traceId: '' },
    {
      operation: 'plugin.run',
      input: { id: 'ioc-triage', input: { q: 'acme' } },
      caller: { kind: 'token', secret: 't' },
      traceId: '',
      idempotencyKey: 'k',
    },
  )
  assert.equal(run.response.headers.get('switchboard-receipt'), `${someReceipt}; pending`)
})

test('a denial is an error with code, facts, what would change it and its receipt, and leaves its neighbours alone', async () => {
  const { result } = await ask(
    'mutation { a: pluginRun(id:"x"){ ok } b: pluginGrant(id:"x", caps:["read:graph"]) }',
  )
  assert.deepEqual(result.data, { a: null, b: true })
  assert.deepEqual(
    result.errors?.map(({ path, extensions }) => ({ path, extensions })),
    [
      {
        path: ['a'],
        extensions: {
          code: 'CapabilityDenied',
          category: 'forbidden',
          params: { capability: 'read:graph', package: 'x', declared: true },
          change: 'An administrator can grant it: switchboard plugin grant x read:graph',
          receiptId: someReceipt,
        },
      },
    ],
  )
})

test('several mutations under one idempotency key get one key each', async () => {
  const { asked } = await ask(
    'mutation { a: pluginGrant(id:"x", caps:["read:graph"]) b: pluginGrant(id:"y", caps:["read:graph"]) }',
    {
      headers: { 'idempotency-key': 'k' },
    },
  )
  assert.deepEqual(
    asked.map(({ idempotencyKey }) => idempotencyKey),
    ['k:a', 'k:b'],
  )
})

test('instants are RFC 3339, large numbers stay whole, money stays text', async () => {
  const { result } = await ask('{ runs { rows { id startedAt endedAt costMicros } } status { logSize } }')
  assert.deepEqual(result.data, {
    runs: {
      rows: [
        { id: 'run_1', startedAt: '2023-11-14T22:13:20.000Z', endedAt: null, costMicros: '9007199254740993' },
      ],
    },
    status: { logSize: 5_000_000_000 },
  })
  const { asked } = await ask('mutation { evidenceExport(from: "2023-11-14T22:13:20Z") { sha256 } }')
  assert.deepEqual({ ...(asked[0]?.input as object) }, { from: 1_700_000_000_000 })
})

test('a fault and a bug tell their code and nothing of the inside', async () => {
  const { result } = await ask('{ budget { month } usage { month } }')
  assert.deepEqual(result.errors?.map(({ extensions }) => extensions['code']).toSorted(), [
    'internal_error',
    'store_unavailable',
  ])
  assert.doesNotMatch(JSON.stringify(result), /secret/)
})

test('introspection answers those who are signed in, and nobody else', async () => {
  const known = await ask('{ __schema { queryType { name } } }')
  assert.deepEqual(known.result.data, { __schema: { queryType: { name: 'Query' } } })
  const gate = createFakeGate(answers)
  await using server = await startSurface(gate)
  const queries = [
    '{ __schema { queryType { name } } }',
    'fragment f on Query { __type(name:"Run") { name } } { ...f }',
    '{ ... on Query { __schema { types { name } } } }',
  ]
  for (const query of queries) {
    const result = (await (await post(`${server.baseUrl}/graphql`, { query })).json()) as Result
    assert.equal(result.errors?.[0]?.extensions['code'], 'unauthenticated', query)
    assert.equal(result.data ?? null, null)
  }
})

const tooLarge: readonly [what: string, query: string, code: string, measure?: string][] = [
  [
    'aliases',
    `{ ${Array.from({ length: 21 }, (_, at) => `a${at}: me { id }`).join(' ')} }`,
    'query_too_large',
    'operations',
  ],
  [
    'depth',
    `{ __schema { types ${'{ fields { type '.repeat(6)} { name } ${'} }'.repeat(6)} } }`,
    'query_too_large',
    'depth',
  ],
  [
    'fields',
    `{ plugins { rows { ${Array.from({ length: 501 }, (_, at) => `a${at}: name`).join(' ')} } } }`,
    'query_too_large',
    'fields',
  ],
  [
    'a bomb of fragments',
    `${Array.from({ length: 12 }, (_, at) => `fragment f${at} on Query { ...f${at + 1} ...f${at + 1} }`).join(' ')} fragment f12 on Query { __typename } { ...f0 }`,
    'query_too_large',
    'operations',
  ],
  ['tokens', `{ ${'me { id } '.repeat(600)} }`, 'query_invalid'],
  [
    'a cycle of fragments',
    'fragment a on Query { ...b } fragment b on Query { ...a } { ...a }',
    'query_invalid',
  ],
  [
    'nested lists past what is parsed',
    `mutation { pluginRun(id:"x", input: ${'['.repeat(1500)}${']'.repeat(1500)}) { ok } }`,
    'query_invalid',
  ],
  ['syntax', '{ me { id ', 'query_invalid'],
  ['an unknown field', '{ me { password } }', 'query_invalid'],
  ['a wrong type', 'mutation { pluginGrant(id:"x", caps:[1]) }', 'query_invalid'],
  [
    'a prototype key',
    'mutation { pluginRun(id:"x", input:{ __proto__: { a: 1 } }) { ok } }',
    'query_invalid',
  ],
  ['a duplicate key', 'mutation { pluginRun(id:"x", input:{ q: 1, q: 2 }) { ok } }', 'query_invalid'],
  ['nothing', '', 'query_invalid'],
]
for (const [what, query, code, measure] of tooLarge) {
  test(`a request refused for ${what} says so by ${code} and reaches no operation`, async () => {
    const { result, asked } = await ask(query)
    const found = result.errors?.find(({ extensions }) => extensions['code'] === code)
    assert.ok(found, JSON.stringify(result))
    if (measure !== undefined)
      assert.equal((found.extensions['params'] as { measure: string }).measure, measure)
    assert.deepEqual(asked, [])
  })
}

test('batches, and GraphQL by GET, are not answered', async () => {
  const gate = createFakeGate(answers)
  await using server = await startSurface(gate)
  assert.equal((await post(`${server.baseUrl}/graphql`, [{ query: '{ me { id } }' }])).status, 400)
  assert.equal((await fetch(`${server.baseUrl}/graphql?query={me{id}}`)).status, 405)
  assert.deepEqual(gate.asked, [])
})
