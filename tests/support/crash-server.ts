// Composes the server and performs what its parent sends, as the owner; ends itself with SIGKILL at the point asked for.
// Started with `fork`, with the data folder as its argument; the database may be named by SWITCHBOARD_DATABASE.
import { setTimeout as delay } from 'node:timers/promises'
import { composeServer } from '../../apps/server/src/compose.ts'
import { ensureOwner } from '../../apps/server/src/first-start.ts'
import type { GatePoint } from '../../apps/server/src/gate/index.ts'
import { readConfig } from '../../apps/server/src/kernel/config.ts'
import { createLogger } from '../../apps/server/src/kernel/log.ts'
import { createMetrics } from '../../apps/server/src/surface/index.ts'

export interface Order {
  readonly operation: string
  readonly input: unknown
  readonly key?: string
  /** Where to die; the operation may be one that the first performs inside. */
  readonly dieAt?: { readonly operation: string; readonly point: GatePoint }
}
export type Word =
  | {
      readonly kind: 'ready'
      readonly logKey: string
      readonly organisation: string
      readonly unknown: number
    }
  | {
      readonly kind: 'answer'
      readonly ok: boolean
      readonly code?: string
      readonly why?: string
      readonly value?: unknown
      readonly replayed: boolean
    }

const [folder = ''] = process.argv.slice(2)
let dieAt: Order['dieAt']
const server = await composeServer({
  config: { ...readConfig(process.env, folder), data: folder, runners: 1 },
  version: '0.0.0-test',
  log: createLogger('warn'),
  metrics: createMetrics(),
  onPoint(point, passage) {
    // No handler, no flush, nothing after it: as when the power goes.
    if (dieAt?.point === point && dieAt.operation === passage.spec.name) process.kill(process.pid, 'SIGKILL')
  },
})
const owner = await ensureOwner(server)
await atRest()
say({
  kind: 'ready',
  logKey: server.evidence.logKey,
  organisation: owner.organisation,
  unknown: server.recovered.unknown,
})

process.on('message', (order: Order) => void perform(order))
process.on('disconnect', () => process.exit())

async function perform(order: Order): Promise<void> {
  dieAt = order.dieAt
  const { outcome, replayed } = await server.gate.perform({
    operation: order.operation,
    input: order.input,
    caller: { kind: 'user', ...owner },
    ...(order.key === undefined ? {} : { idempotencyKey: order.key }),
  })
  await atRest()
  const said = outcome.ok
    ? { ok: true, value: outcome.value }
    : { ok: false, code: outcome.denial.code, why: outcome.denial.message }
  say({ kind: 'answer', ...said, replayed: replayed === true })
}

/** Until every receipt has its place: what the parent reads next is then complete. */
async function atRest(): Promise<void> {
  while ((await server.evidence.pendingCount()) > 0) await delay(5)
}

function say(word: Word): void {
  process.send?.(word)
}
