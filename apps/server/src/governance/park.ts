import assert from 'node:assert/strict'
import type { Tx } from '../kernel/db/index.ts'
import type { Actor } from '../kernel/handler.ts'
import { newId } from '../kernel/ids.ts'
import type { ReceiptId, ReviewId } from '../kernel/ids.ts'
import { addReview } from './review-store.ts'

const hoursToDecide = 24

export interface Parking {
  readonly operation: string
  /** Kept and shown exactly; what is approved is what will be performed. */
  readonly input: unknown
  readonly inputSha256: string
  readonly actor: Actor
  readonly rule: string
  readonly quorum: number
  readonly at: number
  /** Of the asking, which says that it was parked. */
  readonly receipt: ReceiptId
}

/** Lays an operation aside until a quorum has approved it. Nothing is reserved meanwhile, and nobody waits. */
export async function park(tx: Tx, parking: Parking): Promise<{ readonly taskId: ReviewId }> {
  assert(
    parking.actor.kind === 'user' && !parking.actor.via,
    'only what a person asked for can wait for people',
  )
  const { at, ...review } = parking
  const taskId: ReviewId = newId('rev')
  await addReview(tx, { ...review, id: taskId, createdAt: at, expiresAt: at + hoursToDecide * 3_600_000 })
  return { taskId }
}
