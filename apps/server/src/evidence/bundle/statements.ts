import type { Reader } from '../../kernel/db/index.ts'
import type { Range } from '../log/proof-ranges.ts'
import { statementsOf } from '../retention/retention-store.ts'

/** What a prune or a fold did to entries of a log, as a document of a bundle (docs/reference/evidence-bundle.md, section 6). */
export interface Statement {
  readonly kind: 'prune' | 'fold'
  /** The log's number. */
  readonly log: number
  /** The id of the receipt whose output is the statement. */
  readonly receipt: string
  /** Canonical JSON. */
  readonly bytes: Uint8Array
  readonly ranges: readonly AgedRange[]
}

export interface AgedRange extends Range {
  readonly oldestAt: number
  readonly newestAt: number
  /** Of a pruned range; none of a folded one. */
  readonly subtrees: readonly (Range & { readonly root: Uint8Array })[]
}

interface Stated {
  readonly ranges: readonly (Omit<AgedRange, 'subtrees'> & {
    readonly subtrees?: readonly (Range & { readonly root: string })[]
  })[]
}

export async function readStatements(db: Reader, organisation: string): Promise<readonly Statement[]> {
  const rows = await statementsOf(db, organisation)
  return rows.map((row) => {
    // Written by a prune or a fold, whose receipt commits to it.
    const { ranges } = JSON.parse(row.statement) as Stated
    return {
      kind: row.action,
      log: row.log,
      receipt: row.receipt_id,
      bytes: Buffer.from(row.statement, 'utf8'),
      ranges: ranges.map(({ subtrees = [], ...range }) => ({
        ...range,
        subtrees: subtrees.map((subtree) => ({ ...subtree, root: Buffer.from(subtree.root, 'base64') })),
      })),
    }
  })
}
