import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyBundle } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import type { GatePoint } from '../../apps/server/src/gate/index.ts'
import { openDatabase } from '../../apps/server/src/kernel/db/index.ts'
import type { Order } from '../support/crash-server.ts'
import { brokenInvariants } from '../support/evidence-invariants.ts'
import { filesWith } from '../support/files-with.ts'
import { temporaryFolder } from '../support/running-server.ts'
import { startCrashServer } from '../support/start-crash-server.ts'
import type { CrashServer } from '../support/start-crash-server.ts'
import { buildPackage, dataPackage, testPublisher } from '../support/test-package.ts'

const points: readonly GatePoint[] = [
  'authenticate',
  'parse',
  'decide',
  'approve',
  'reserve',
  'intent_committed',
  'run',
  'settle',
  'receipt',
  'committed',
]
const beforeIntent = new Set<GatePoint>(['authenticate', 'parse', 'decide', 'approve', 'reserve'])

interface Rehearsal {
  readonly what: string
  readonly order: Omit<Order, 'key' | 'dieAt'>
  /** The operation that dies, when it is one inside. */
  readonly inside?: string
  /** Points that this kind of operation does not pass. */
  readonly without: readonly GatePoint[]
  /** What must be in the store for the operation to succeed. */
  readonly needs: readonly string[]
}

const run = { operation: 'plugin.run', input: { id: 'probe', input: { q: 'a' } } }
const rehearsals: readonly Rehearsal[] = [
  {
    what: 'a write',
    order: { operation: 'case.create', input: { title: 'A case', note: 'A note' } },
    without: ['intent_committed'],
    needs: [],
  },
  { what: 'a run', order: run, without: [], needs: ['probe'] },
  {
    what: 'a call inside a run',
    order: run,
    inside: 'graph.search',
    without: ['approve', 'intent_committed', 'settle', 'receipt'],
    needs: ['probe'],
  },
  {
    what: 'an uninstall',
    order: { operation: 'plugin.uninstall', input: { id: 'tiny-table' } },
    without: [],
    needs: ['tiny-table'],
  },
  { what: 'an export', order: { operation: 'evidence.export', input: {} }, without: [], needs: [] },
]

for (const { what, order, inside, without, needs } of rehearsals) {
  test(
    `kill -9 after any stage of ${what} leaves effects, receipts, meters and log in step`,
    { timeout: 240_000 },
    async () => {
      await using folder = await temporaryFolder()
      let server = await startCrashServer(folder.path)
      try {
        await addPackages(server)
        for (const point of points) {
          for (const id of needs) await installed(server, id)
          const key = `${order.operation}-${point}`
          const canaries = await canariesOf(folder.path)
          const before = await receiptsOf(folder.path, order.operation)
          const end = await server.perform({
            ...order,
            key,
            dieAt: { operation: inside ?? order.operation, point },
          })
          assert.equal(end === 'died', !without.includes(point), `${what} does or does not pass ${point}`)
          if (end !== 'died') continue

          server = await startCrashServer(folder.path)
          assert.deepEqual(await broken(folder.path, server.logKey), [], `after a kill at ${point}`)
          const left = (await receiptsOf(folder.path, order.operation)).slice(before.length)
          assert.deepEqual(
            left,
            receiptsLeft(order.operation, inside, point),
            `receipts of ${what} killed at ${point}`,
          )

          if (order.operation === 'plugin.uninstall' && left.length > 0) {
            assert.deepEqual(await filesWith(folder.path, canaries), [], `residue after a kill at ${point}`)
            assert.deepEqual(await readdir(join(folder.path, 'tables', server.organisation)), [])
          }

          // Whoever got no answer sends the request again under its key.
          const again = await server.perform({ ...order, key })
          assert.ok(again !== 'died')
          const wasDone = left.at(-1) === 'outcome allowed' || left.at(-1) === 'effect allowed'
          if (order.operation === 'plugin.uninstall' && left.length > 0 && !wasDone)
            assert.equal(again.code, 'not_installed')
          else assert.ok(again.ok, `${what} sent again after a kill at ${point}: ${JSON.stringify(again)}`)
          // An export's answer is a file that was not kept: it is made anew.
          if (again.ok) assert.equal(again.replayed, wasDone && order.operation !== 'evidence.export')
          if (again.ok && order.operation === 'evidence.export') {
            const { bundle } = again.value as { bundle: string }
            const report = await verifyBundle(
              Buffer.from(bundle, 'base64'),
              { logKeys: [server.logKey] },
              nodeCrypto,
            )
            assert.ok(report.ok, JSON.stringify(report.findings))
          }
          assert.deepEqual(await broken(folder.path, server.logKey), [], `after ${what} was sent again`)
        }
      } finally {
        await server[Symbol.asyncDispose]()
      }
    },
  )
}

/** What the operation must have in the log after a kill at `point` and a new start. */
function receiptsLeft(operation: string, inside: string | undefined, point: GatePoint): readonly string[] {
  if (operation === 'case.create') return point === 'committed' ? ['effect allowed'] : []
  if (inside !== undefined) return ['intent allowed', 'outcome unknown']
  if (beforeIntent.has(point)) return []
  return ['intent allowed', point === 'committed' ? 'outcome allowed' : 'outcome unknown']
}

async function addPackages(server: CrashServer): Promise<void> {
  const code = `const found = await api.graph.search({ q: args.q, limit: 5 }); api.log('found', found.length); return { ok: true, found: found.length }`
  const probe = await buildPackage({
    name: 'probe',
    code,
    manifest: { capabilities: { graph: ['read'], network: false } },
  })
  const table = await dataPackage({
    name: 'tiny-table',
    csv: 'port,service\n80,http\n443,https\n',
    columns: [
      { name: 'port', type: 'integer' },
      { name: 'service', type: 'string' },
    ],
    key: { kind: 'exact', column: 'port' },
  })
  await done(server, 'publisher.trust', { publisher: 'Test publisher', key: testPublisher.publicKeyPem })
  for (const bytes of [probe, table]) await done(server, 'package.add', { content: bytes.toString('base64') })
  await done(server, 'plugin.review', { id: 'probe', note: 'read' })
}

async function installed(server: CrashServer, id: string): Promise<void> {
  const answer = await server.perform({ operation: 'plugin.install', input: { id, minimal: true } })
  assert.ok(answer !== 'died' && (answer.ok || answer.code === 'already_installed'))
}

async function done(server: CrashServer, operation: string, input: unknown): Promise<void> {
  const answer = await server.perform({ operation, input })
  assert.ok(answer !== 'died' && answer.ok, `${operation}: ${JSON.stringify(answer)}`)
}

async function broken(folder: string, logKey: string) {
  const database = await openDatabase(join(folder, 'state', 'switchboard.db'))
  try {
    return await brokenInvariants(database.read, logKey)
  } finally {
    await database.close()
  }
}

async function receiptsOf(folder: string, operation: string): Promise<readonly string[]> {
  const database = await openDatabase(join(folder, 'state', 'switchboard.db'))
  try {
    const rows = await database.read
      .selectFrom('receipts')
      .select(['phase', 'decision'])
      .where('operation', '=', operation)
      .orderBy('id')
      .execute()
    return rows.map(({ phase, decision }) => `${phase} ${decision}`)
  } finally {
    await database.close()
  }
}

/** The word that each installation has for itself alone. */
async function canariesOf(folder: string): Promise<readonly string[]> {
  const database = await openDatabase(join(folder, 'state', 'switchboard.db'))
  try {
    return (await database.read.selectFrom('installations').select('canary').execute()).map(
      ({ canary }) => canary,
    )
  } finally {
    await database.close()
  }
}
