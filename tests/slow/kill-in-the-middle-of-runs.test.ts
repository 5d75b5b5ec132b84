import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { verifyBundle } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { openDatabase } from '../../apps/server/src/kernel/db/index.ts'
import { brokenInvariants } from '../support/evidence-invariants.ts'
import { atRest, clientOf } from '../support/http-client.ts'
import type { Ask } from '../support/http-client.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'
import { buildPackage, testPublisher } from '../support/test-package.ts'

const kills = 20
const callers = 40

test(
  `${kills} kills in the middle of ${callers} concurrent runs lose no answer, meter nothing twice and leave a log that verifies`,
  { timeout: 300_000 },
  async (t) => {
    await using folder = await temporaryFolder()
    const env = { SWITCHBOARD_BUDGET_MICROS: '100000000000' }
    const answered = new Set<string>()
    let unanswered: string[] = []
    let unknown = 0
    {
      await using server = await startServer({ folder: folder.path, env })
      await prepare(await clientOf(server))
      await server.stop()
    }
    for (let kill = 1; kill <= kills; kill += 1) {
      await using server = await startServer({ folder: folder.path, env })
      const ask = await clientOf(server)
      const { logKey } = await atRest(ask)
      const { broken, known, unknownNow } = await look(folder.path, logKey)
      assert.deepEqual(broken, [], `after kill ${kill - 1}`)
      for (const receipt of answered)
        assert.ok(known.has(receipt), `the answer with receipt ${receipt} was lost by kill ${kill - 1}`)
      unknown = unknownNow

      // Those that got no answer ask again under their keys; the others ask something new.
      const keys = [...unanswered, ...Array.from({ length: callers }, (_, i) => `kill-${kill}-${i}`)].slice(
        0,
        callers,
      )
      unanswered = []
      const asking = keys.map(async (key) => {
        try {
          const run = await ask(
            'POST',
            '/plugins/probe/runs',
            { input: { q: 'a', key } },
            { 'idempotency-key': key },
          )
          assert.equal(run.status, 200, JSON.stringify(run.body))
          answered.add((run.headers.get('switchboard-receipt') ?? '').split(';')[0] ?? '')
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error
          unanswered.push(key)
        }
      })
      // From before the first run ends to after the last one, evenly: the machine adds the chance.
      await delay(20 + (kill % 10) * 130)
      await server.kill()
      await Promise.all(asking)
    }
    await using server = await startServer({ folder: folder.path, env })
    const ask = await clientOf(server)
    const { logKey, logSize } = await atRest(ask)
    const { broken, known, unknownNow } = await look(folder.path, logKey)
    assert.deepEqual(broken, [], 'after the last kill')
    for (const receipt of answered) assert.ok(known.has(receipt))
    const { body: exported } = await ask('POST', '/evidence/exports', {})
    const report = await verifyBundle(
      Buffer.from(exported.bundle, 'base64'),
      { logKeys: [logKey] },
      nodeCrypto,
    )
    assert.ok(report.ok, JSON.stringify(report.findings))
    assert.ok(Math.max(unknown, unknownNow) > 0, 'no kill hit a run under way, so nothing was shown')
    t.diagnostic(
      `${answered.size} answers kept, ${unknownNow} runs became unknown, ${logSize} entries in the log`,
    )
  },
)

async function prepare(ask: Ask): Promise<void> {
  const code = `
    for (let n = 0; n < 3; n += 1) await api.graph.search({ q: args.q, limit: 5 })
    api.log('searched for', args.key)
    return { ok: true }`
  const probe = await buildPackage({
    name: 'probe',
    code,
    manifest: { capabilities: { graph: ['read'], network: false } },
    budgets: { ms: 60_000 },
  })
  const source = { name: 'test', version: '1', licence: 'CC0-1.0' }
  const entities = ['a one', 'a two', 'a three'].map((name, i) => ({ key: `x:${i}`, type: 'thing', name }))
  for (const [path, body] of [
    ['/publishers', { publisher: 'Test publisher', key: testPublisher.publicKeyPem }],
    ['/packages', { content: probe.toString('base64') }],
    ['/plugins/probe/reviews', { note: 'read' }],
    ['/plugins/probe/install', { minimal: true }],
    ['/graph/imports', { source, entities }],
  ] as const) {
    const { status, body: answer } = await ask('POST', path, body)
    assert.equal(status, 200, `${path}: ${JSON.stringify(answer)}`)
  }
}

async function look(folder: string, logKey: string) {
  const database = await openDatabase(join(folder, 'state', 'switchboard.db'))
  try {
    const receipts = await database.read.selectFrom('receipts').select(['id', 'decision']).execute()
    return {
      broken: await brokenInvariants(database.read, logKey),
      known: new Set(receipts.filter(({ decision }) => decision === 'allowed').map(({ id }) => id)),
      unknownNow: receipts.filter(({ decision }) => decision === 'unknown').length,
    }
  } finally {
    await database.close()
  }
}
