import type { Denial, Receipted } from '@switchboard/api'
import type { CliIo } from '../cli-io.ts'
import { visible } from './format-scalar.ts'

/** A refusal on standard error: what, what would change it, and where it is written down. */
export function printDenial(
  answer: { readonly denial: Denial } & Receipted,
  io: Pick<CliIo, 'stderr'>,
  json: boolean,
): void {
  const { denial, receiptId } = answer
  if (json) {
    io.stderr.write(`${JSON.stringify({ ...denial, ...(receiptId === undefined ? {} : { receiptId }) })}\n`)
    return
  }
  const receipt = receiptId === undefined ? '' : `receipt ${receiptId}\n`
  io.stderr.write(`${visible(denial.message)} (${denial.code})\n${visible(denial.change)}\n${receipt}`)
}

/** Where the effect is written down, beside the answer and out of the way of pipes. */
export function printReceipt(answer: Receipted, io: Pick<CliIo, 'stderr'>): void {
  if (answer.receiptId === undefined) return
  const cost = answer.costMicros === 0n ? '' : ` · cost ${answer.costMicros} µ`
  const replayed = answer.replayed ? ' · an earlier answer, brought back by its key' : ''
  io.stderr.write(`receipt ${answer.receiptId} (${answer.receiptState ?? 'pending'})${cost}${replayed}\n`)
}
