import { deny, gateDenials } from '@switchboard/api'
import type { Governance } from '../../governance/index.ts'
import type { Actor } from '../../kernel/handler.ts'
import type { Passage, Stage } from '../passage.ts'

/**
 * Stage 4. What needs an approval is parked, never awaited: nothing is reserved meanwhile. On re-entry the approval is
 * consumed in the transaction of the effect, so that it cannot serve twice.
 */
export function approveStage(governance: Governance): Stage {
  return async (passage: Passage, tx) => {
    const { request, decision } = passage
    const actor = passage.actor as Actor
    if (tx === undefined || decision === undefined) return undefined
    if (request.approvedBy !== undefined) {
      const consumed = await governance.consume(tx, {
        taskId: request.approvedBy,
        operation: passage.spec.name,
        inputSha256: passage.inputDigest.sha256,
        actor,
        at: passage.at,
      })
      if (!consumed.ok) return consumed.denial
      passage.approval = { task: request.approvedBy, by: consumed.value.by }
      return undefined
    }
    if (decision.approval === undefined) return undefined
    const { rule, quorum } = decision.approval
    const { taskId } = await governance.park(tx, {
      operation: passage.spec.name,
      input: passage.input,
      inputSha256: passage.inputDigest.sha256,
      actor,
      rule,
      quorum,
      at: passage.at,
      receipt: passage.receiptId,
    })
    return deny(gateDenials, 'approval_required', { taskId, rule, quorum }).denial
  }
}
