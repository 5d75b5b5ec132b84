import type { Outcome } from '@switchboard/api'
import type { Governance } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Database } from '../kernel/db/index.ts'
import { Fault } from '../kernel/fault.ts'
import type { Performed } from '../kernel/handler.ts'
import type { ReviewId } from '../kernel/ids.ts'
import type { GateRequest } from './passage.ts'

interface ResumeDeps {
  readonly database: Database
  readonly clock: Clock
  readonly governance: Governance
  readonly perform: (request: GateRequest) => Promise<Performed>
}

/**
 * Performs an approved operation as its requester, through every stage again: policy, grants and quota may have changed
 * since it was parked, and the approval is consumed in the transaction of the effect.
 */
export async function resumeApproved(deps: ResumeDeps, task: ReviewId): Promise<void> {
  const { database, governance } = deps
  const waiting = (await governance.approvedWaiting(database.read)).find(
    (candidate) => candidate.taskId === task,
  )
  if (waiting === undefined) return
  const { outcome, receiptId } = await performOrFault(deps, waiting)
  await database.writer.transact({ by: 'gate', operation: waiting.operation }, (tx) =>
    governance.recordPerformed(tx, {
      taskId: task,
      outcome: { ...outcome, ...(receiptId === undefined ? {} : { receiptId }) },
      at: deps.clock(),
    }),
  )
}

async function performOrFault(
  deps: ResumeDeps,
  waiting: Awaited<ReturnType<Governance['approvedWaiting']>>[number],
): Promise<{ outcome: Outcome<unknown>; receiptId?: string }> {
  try {
    return await deps.perform({
      operation: waiting.operation,
      input: waiting.input,
      caller: {
        kind: 'user',
        user: waiting.actor.user,
        organisation: waiting.actor.organisation,
        scopes: waiting.actor.scopes,
      },
      approvedBy: waiting.taskId,
    })
  } catch (error) {
    // The requester reads the review, so a fault must end there too; its receipt tells the same.
    if (!(error instanceof Fault)) throw error
    const { code, message } = error
    return {
      outcome: {
        ok: false,
        denial: { code, category: 'failed', params: {}, message, change: 'Ask for the operation again.' },
      },
    }
  }
}
