import type { Tx } from '../../kernel/db/index.ts'
import type { LoggedReceipt } from './find-due.ts'
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
    await tx
      .deleteFrom('receipts')
      .where(
        'id',
        'in',
        some.map((row) => row.id),
      )
      .execute()
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
    await tx
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
      .execute()
  }
}
