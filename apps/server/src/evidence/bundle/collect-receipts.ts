import type { Reader } from '../../kernel/db/index.ts'
import {
  findReceipts,
  receiptsOfCase,
  receiptsOfPackages,
  receiptsOfParents,
  receiptsOfPeriod,
} from '../receipt/receipt-store.ts'
import type { PlacedReceipt } from '../receipt/receipt-store.ts'
import { packagesIn } from './packages-in.ts'

export const mostReceipts = 100_000
const chunkRows = 500

/** How a package came to be where it ran. */
const packageOperations = [
  'package.add',
  'plugin.install',
  'plugin.grant',
  'plugin.revoke',
  'plugin.quarantine',
  'plugin.release',
  'plugin.review',
  'plugin.unreview',
  'plugin.uninstall',
]

export interface Scope {
  readonly organisation: string
  readonly case?: string
  /** Half-open, milliseconds. */
  readonly period?: { readonly fromAt: number; readonly toAt: number }
  /** Belongs to the bundle although nothing may lead to it: the intent of the export itself. */
  readonly exportIntent: string
}

/** Gathers the receipts of a bundle, each once, in no order; undefined when they are more than {@link mostReceipts}. */
export async function collectReceipts(
  db: Reader,
  scope: Scope,
): Promise<readonly PlacedReceipt[] | undefined> {
  const found = new Map<string, PlacedReceipt>()
  const add = (rows: readonly PlacedReceipt[]): readonly PlacedReceipt[] => {
    const fresh = rows.filter((row) => !found.has(row.id))
    for (const row of fresh) found.set(row.id, row)
    return fresh
  }
  add(await findReceipts(db, scope.organisation, [scope.exportIntent]))
  if (scope.case === undefined) {
    const { fromAt, toAt } = scope.period ?? { fromAt: 0, toAt: Number.MAX_SAFE_INTEGER }
    add(await receiptsOfPeriod(db, scope.organisation, fromAt, toAt, mostReceipts + 1))
  } else {
    let above = add(await receiptsOfCase(db, scope.organisation, scope.case, mostReceipts + 1))
    // Calls inside a run belong to its case whether or not they touched it.
    while (above.length > 0 && found.size <= mostReceipts) above = await children(above)
    const names = [...new Set(packagesIn([...found.values()]).map((used) => used.name))]
    add(await receiptsOfPackages(db, scope.organisation, names, packageOperations))
    let below = [...found.values()]
    while (below.length > 0) below = [...(await parents(below))]
  }
  if (found.size > mostReceipts) return undefined
  const { period } = scope
  const rows = [...found.values()]
  return period === undefined ? rows : rows.filter((row) => row.at >= period.fromAt && row.at < period.toAt)

  async function children(rows: readonly PlacedReceipt[]): Promise<readonly PlacedReceipt[]> {
    const intents = rows.map((row) => row.id)
    return await inChunks(intents, async (ids) => add(await receiptsOfParents(db, scope.organisation, ids)))
  }
  async function parents(rows: readonly PlacedReceipt[]): Promise<readonly PlacedReceipt[]> {
    const wanted = rows.flatMap((row) => (row.parent === null || found.has(row.parent) ? [] : [row.parent]))
    return await inChunks([...new Set(wanted)], async (ids) =>
      add(await findReceipts(db, scope.organisation, ids)),
    )
  }
}

/** Reads rows again, to learn their place once it is given. */
export async function rereadReceipts(
  db: Reader,
  organisation: string,
  ids: readonly string[],
): Promise<readonly PlacedReceipt[]> {
  return await inChunks(ids, (chunk) => findReceipts(db, organisation, chunk))
}

async function inChunks<T>(
  ids: readonly string[],
  read: (chunk: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const rows: T[] = []
  for (let start = 0; start < ids.length; start += chunkRows) {
    for (const row of await read(ids.slice(start, start + chunkRows))) rows.push(row)
  }
  return rows
}
