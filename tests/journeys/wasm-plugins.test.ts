import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { buildWasmSample } from '../../scripts/wasm-samples.mjs'
import { atRest, clientOf } from '../support/http-client.ts'
import type { Ask } from '../support/http-client.ts'
import { startServer } from '../support/running-server.ts'
import type { RunningServer } from '../support/running-server.ts'
import { samplePackage, testPublisher } from '../support/test-package.ts'

const note =
  'Grüße 😀: pay to DE89 3704 0044 0532 0130 00, never to DE89 3704 0044 0532 0130 01; see hxxps://examp1e[.]com/pay.'
const samples = [
  {
    name: 'identifier-validator',
    input: { values: ['5493001KJTIIGC8Y1R12', '5493001KJTIIGC8Y1R13'] },
    expected: (result: Result) => {
      assert.deepEqual(
        result.verdicts?.map(({ kind, valid }) => [kind, valid]),
        [
          ['lei', true],
          ['lei', false],
        ],
      )
      assert.deepEqual(
        result.valid?.map(({ value }) => value),
        ['5493001KJTIIGC8Y1R12', 'DE89370400440532013000'],
      )
    },
    key: 'iban:DE89370400440532013000',
    cited: 'DE89 3704 0044 0532 0130 00',
  },
  {
    name: 'lookalike-domain',
    input: { watch: ['example.com'], domains: ['example.com', 'unrelated.org'] },
    expected: (result: Result) => {
      assert.deepEqual(
        result.matches?.map(({ domain, watched, score }) => [domain, watched, score]),
        [['examp1e.com', 'example.com', 98]],
      )
    },
    key: 'domain:examp1e.com',
    cited: 'examp1e[.]com',
  },
]

interface Citation {
  readonly start: number
  readonly end: number
  readonly text: string
}
interface Result {
  readonly entities: readonly { readonly key: string; readonly citations: readonly Citation[] }[]
  readonly verdicts?: readonly { readonly kind: string; readonly valid: boolean }[]
  readonly valid?: readonly { readonly value: string }[]
  readonly matches?: readonly { readonly domain: string; readonly watched: string; readonly score: number }[]
}

let server: RunningServer
let ask: Ask
let caseId: string
before(async () => {
  server = await startServer()
  ask = await clientOf(server)
  await ok('POST', '/publishers', { publisher: 'Test publisher', key: testPublisher.publicKeyPem })
  caseId = (await ok('POST', '/cases', { title: 'Letters' })).id
  await ok('POST', `/cases/${caseId}/notes`, { text: note })
})
after(() => server[Symbol.asyncDispose]())

async function ok(method: string, path: string, body?: unknown) {
  const answer = await ask(method, path, body)
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

for (const { name, input, expected, key, cited } of samples) {
  test(
    `${name}, built from source, passes install, refusal, consent and run, each with its receipt`,
    { timeout: 240_000 },
    async (t) => {
      const built = buildWasmSample(name)
      if ('skipped' in built) return t.skip(built.skipped)
      await ok('POST', '/packages', { content: (await samplePackage(name)).toString('base64') })
      await ok('POST', `/plugins/${name}/reviews`, { note: 'read' })
      await ok('POST', `/plugins/${name}/install`, { minimal: true })

      const asked = { input: { ...input, case: caseId } }
      const refused = await ask('POST', `/plugins/${name}/runs`, asked)
      assert.deepEqual(
        [refused.status, refused.body.code],
        [403, 'CapabilityDenied'],
        JSON.stringify(refused.body),
      )

      await ok('POST', `/plugins/${name}/grants`, { caps: ['read:graph', 'read:case'] })
      const { status, body, headers } = await ask('POST', `/plugins/${name}/runs`, asked)
      assert.equal(status, 200, JSON.stringify(body))
      const result = body.result as Result
      expected(result)
      const [citation] = result.entities.find((one) => one.key === key)?.citations ?? []
      assert.equal(citation?.text, cited)
      assert.equal(note.slice(citation?.start, citation?.end), cited)

      await atRest(ask)
      const receiptId = (headers.get('switchboard-receipt') ?? '').split(';')[0]
      const { receipt } = (await ask('GET', `/receipts/${receiptId}`)).body
      assert.deepEqual(
        [receipt.operation, receipt.phase, receipt.decision],
        ['plugin.run', 'outcome', 'allowed'],
      )
      const calls = (await ask('GET', `/receipts?package=${name}&limit=1000`)).body.rows.map(
        (row: { operation: string; decision: string }) => `${row.operation} ${row.decision}`,
      )
      assert.ok(calls.includes('case.read denied'), String(calls))
      assert.ok(calls.includes('case.read allowed'), String(calls))
      assert.ok(calls.includes('graph.search allowed'), String(calls))
    },
  )
}
