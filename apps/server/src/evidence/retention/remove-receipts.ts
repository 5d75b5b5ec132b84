import type { Tx } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import type { LoggedReceipt } from './logged-receipt.ts'
import { foldedBytes } from './folded.ts'

const chunkRows = 500

/** Takes receipts and their leaves out of the store; roots over them are kept by whoever calls. */
export async function deleteReceipts(
  tx: Tx,
  log: number,
  receipts: readonly Pick<LoggedReceipt, 'id' | 'idx'>[],
): Promise<void> {
  for (let start = 0; start < receipts.length; start += chunkRows) {
    const some = receipts.slice(start, start + chunkRows)
    const { numDeletedRows } = await tx
      .deleteFrom('receipts')
      .where(
        'id',
        'in',
        some.map((row) => row.id),
      )
      .executeTakeFirst()
    if (Number(numDeletedRows) !== some.length) throw moved()
    await tx
      .deleteFrom('log_entries')
      .where('log', '=', log)
      .where(
        'idx',
        'in',
        some.map((row) => row.idx),
      )
      .execute()
  }
}

/** Leaves of receipts what their fixed fields say, and the case and run by which a legal hold still finds them. */
export async function foldReceipts(
  tx: Tx,
  receipts: readonly Pick<LoggedReceipt, 'id' | 'entry'>[],
): Promise<void> {
  for (const { id, entry } of receipts) {
    const { numUpdatedRows } = await tx
      .updateTable('receipts')
      .set({
        operation: '',
        actor: '',
        package: null,
        version: null,
        rule: '',
        parts: '{}',
        entry: Buffer.from(entry.subarray(0, foldedBytes)),
      })
      .where('id', '=', id)
      .executeTakeFirst()
    if (numUpdatedRows !== 1n) throw moved()
  }
}

function moved(): Fault {
  return new Fault('retention_changed', 'Receipts left their rows for a block meanwhile. Ask again.', {
    retryable: true,
  })
}
