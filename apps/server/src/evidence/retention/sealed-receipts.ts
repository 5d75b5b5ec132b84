import type { Reader, Tx } from '../../kernel/db/index.ts'
import type { Range } from '../log/proof-ranges.ts'
import type { LoggedReceipt } from './logged-receipt.ts'
import type { RetentionAction } from './rules.ts'

/** Blocks written anew without what goes; they count once `swap` is durable. */
export interface Rewriting {
  /** In the transaction that says why. */
  swap(tx: Tx): Promise<void>
  /** Once that is durable: the old files go. */
  finish(): Promise<void>
}

/** Receipts that have left their rows for blocks, as retention needs them. */
export interface SealedReceipts {
  range(db: Reader, log: number, range: Range): Promise<readonly LoggedReceipt[]>
  /** Runs and packages that the sealed receipts of a case name. */
  namedBy(
    db: Reader,
    organisation: string,
    caseId: string,
  ): Promise<{ readonly runs: ReadonlySet<string>; readonly packages: ReadonlySet<string> }>
  rewrite(log: number, range: Range, fateOf: (index: number) => RetentionAction | 'keep'): Promise<Rewriting>
  /** Receipts in rows were changed in this transaction: a block in the making begins again. */
  changed(tx: Tx, organisation: string): Promise<void>
}
