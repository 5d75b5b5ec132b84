import type { Evidence } from '../evidence/index.ts'
import type { Finops } from '../finops/index.ts'
import type { Governance } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Database } from '../kernel/db/index.ts'
import type { Performed, Registration } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import { forgetKeysBefore, releaseKey, releaseUnanswered } from './idempotency-store.ts'
import type { GateRequest } from './passage.ts'
import { resumeApproved } from './resume.ts'

interface RecoverDeps {
  readonly database: Database
  readonly clock: Clock
  readonly evidence: Evidence
  readonly finops: Finops
  readonly governance: Governance
  readonly registrations: ReadonlyMap<string, Registration>
  readonly perform: (request: GateRequest) => Promise<Performed>
}

const keysAnswerForMs = 24 * 60 * 60 * 1000

/**
 * Mends what a crash left: an intent without outcome gets the outcome `unknown`, in one transaction with the rows its
 * domain mends and the reservation it returns. Approved reviews that never ran are performed now.
 */
export async function recoverDangling(deps: RecoverDeps): Promise<{ unknown: number; resumed: number }> {
  const { database, evidence, finops, registrations } = deps
  const dangling = await evidence.danglingIntents(database.read)
  for (const intent of dangling) {
    const registration = registrations.get(intent.operation)
    await database.writer.transact({ by: 'recovery' }, async (tx) => {
      if (registration?.effect === 'external') {
        await registration.handler.recover?.(tx, {
          receiptId: intent.receiptId,
          organisation: intent.organisation,
          at: intent.at,
        })
      }
      await finops.settle(tx, {
        reservation: intent.receiptId,
        organisation: intent.organisation,
        user: intent.user,
        at: deps.clock(),
        micros: 0n,
        runs: 0,
        calls: 0,
        rows: 0,
        cpuMicros: 0,
        final: true,
      })
      await releaseKey(tx, intent.receiptId)
      await evidence.record(tx, {
        ...intent.draft,
        id: newId('rct'),
        parent: intent.receiptId,
        at: deps.clock(),
        phase: 'outcome',
        decision: 'unknown',
        counts: { calls: 0, rows: 0, bytesIn: 0, bytesOut: 0, wallMicros: 0, cpuMicros: 0 },
        costMicros: 0n,
        parts: {
          ...intent.draft.parts,
          output: {
            fault: { code: 'interrupted', message: 'The server stopped before the outcome was known.' },
          },
        },
      })
    })
  }
  await database.writer.transact({ by: 'recovery' }, async (tx) => {
    await releaseUnanswered(tx)
    await forgetKeysBefore(tx, deps.clock() - keysAnswerForMs)
  })
  evidence.committed()

  const waiting = await deps.governance.approvedWaiting(database.read)
  for (const task of waiting) await resumeApproved(deps, task.taskId)
  return { unknown: dangling.length, resumed: waiting.length }
}
