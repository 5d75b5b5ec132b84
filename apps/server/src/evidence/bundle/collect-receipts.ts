import type { Reader } from '../../kernel/db/index.ts'
import {
  findReceipts,
  receiptsOfCase,
  receiptsOfPackages,
  receiptsOfParents,
  receiptsOfRelease,
} from '../receipt/receipt-store.ts'
import type { PlacedReceipt } from '../receipt/receipt-store.ts'
import type { BundleScope } from './bundle-scope.ts'
import { packagesIn } from './packages-in.ts'

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

/**
 * Gathers the receipts of a case or of a release, each once, in no order.
 *
 * @returns undefined when they are more than `most`.
 */
export async function collectReceipts(
  db: Reader,
  scope: Exclude<BundleScope, { kind: 'period' }>,
  most: number,
): Promise<readonly PlacedReceipt[] | undefined> {
  const { organisation, period } = scope
  const found = new Map<string, PlacedReceipt>()
  const add = (rows: readonly PlacedReceipt[]): readonly PlacedReceipt[] => {
    const fresh = rows.filter((row) => !found.has(row.id))
    for (const row of fresh) found.set(row.id, row)
    return fresh
  }
  if (scope.exportIntent !== undefined) add(await findReceipts(db, organisation, [scope.exportIntent]))
  let above = add(
    scope.kind === 'case'
      ? await receiptsOfCase(db, organisation, scope.case, most + 1)
      : await receiptsOfRelease(db, organisation, scope.release, most + 1),
  )
  // Calls inside a run belong to what the run does whether or not they touched it.
  while (above.length > 0 && found.size <= most) above = await children(above)
  if (scope.kind === 'case') {
    const names = [...new Set(packagesIn([...found.values()]).map((used) => used.name))]
    add(await receiptsOfPackages(db, organisation, names, packageOperations))
  }
  let below = [...found.values()]
  while (below.length > 0 && found.size <= most) below = [...(await parents(below))]
  if (found.size > most) return undefined
  const rows = [...found.values()]
  return period === undefined ? rows : rows.filter((row) => row.at >= period.fromAt && row.at < period.toAt)

  async function children(rows: readonly PlacedReceipt[]): Promise<readonly PlacedReceipt[]> {
    const intents = rows.map((row) => row.id)
    return await inChunks(intents, async (ids) => add(await receiptsOfParents(db, organisation, ids)))
  }
  async function parents(rows: readonly PlacedReceipt[]): Promise<readonly PlacedReceipt[]> {
    const wanted = rows.flatMap((row) => (row.parent === null || found.has(row.parent) ? [] : [row.parent]))
    return await inChunks([...new Set(wanted)], async (ids) => add(await findReceipts(db, organisation, ids)))
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
