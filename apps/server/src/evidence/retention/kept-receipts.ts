import type { Reader } from '../../kernel/db/index.ts'
import type { LegalHoldRow } from '../holds/hold-store.ts'
import { findReceipts, receiptsOfParents } from '../receipt/receipt-store.ts'
import type { Kin } from './logged-receipt.ts'
import type { SealedReceipts } from './sealed-receipts.ts'

export interface Kept {
  /** Holds that keep it. */
  readonly holds: readonly string[]
  /** Something that it belongs to is still under way, or not of age itself. */
  readonly open: boolean
}

/** How a package came to be where it ran: part of the story of every case that it ran on. */
export const packageOperations: readonly string[] = [
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

const chunkRows = 500

/**
 * Which of the receipts must stay, and why. A run is kept whole, with its intent, its outcome and every call inside of
 * it: as soon as one of these is of a held case, or its intent is open.
 *
 * @param before receipts from that moment on are not of age.
 */
export async function keptAmong(
  db: Reader,
  organisation: string,
  receipts: readonly Kin[],
  {
    holds,
    before,
    sealed,
  }: {
    readonly holds: readonly Pick<LegalHoldRow, 'id' | 'case_id'>[]
    readonly before: number
    readonly sealed?: SealedReceipts | undefined
  },
): Promise<ReadonlyMap<string, Kept>> {
  const family = await familyOf(db, organisation, receipts)
  const open = await openAmong(db, [...family.values()])
  const holding = await reasonsToHold(db, organisation, holds, sealed)
  const clans = new Map<string, { holds: Set<string>; open: boolean }>()
  const youngOutcomes = new Set<string>()
  for (const row of family.values()) {
    const clan = clanOf(row)
    for (const hold of holding(row)) clan.holds.add(hold)
    if (open.has(row.id)) clan.open = true
    // An intent stays as long as its outcome does.
    if (row.phase === 'outcome' && row.parent !== null && row.at >= before) youngOutcomes.add(row.parent)
  }
  const kept = new Map<string, Kept>()
  for (const row of receipts) {
    const clan = clanOf(row)
    const isOpen = clan.open || youngOutcomes.has(row.id)
    if (clan.holds.size > 0 || isOpen) kept.set(row.id, { holds: [...clan.holds], open: isOpen })
  }
  return kept

  function clanOf(row: Kin) {
    let head = row
    for (let up = family.get(row.parent ?? ''); up !== undefined; up = family.get(up.parent ?? '')) head = up
    // Of parents that were pruned the id is left: their children still belong together.
    const name = head.parent ?? head.id
    let clan = clans.get(name)
    if (clan === undefined) clans.set(name, (clan = { holds: new Set<string>(), open: false }))
    return clan
  }
}

/** The receipts with all that they hang together with by parents. */
async function familyOf(
  db: Reader,
  organisation: string,
  receipts: readonly Kin[],
): Promise<ReadonlyMap<string, Kin>> {
  const family = new Map<string, Kin>(receipts.map((row) => [row.id, row]))
  const sought = new Set<string>()
  let fresh: readonly Kin[] = receipts
  while (fresh.length > 0) {
    const wanted = fresh.flatMap((row) => [row.id, ...(row.parent === null ? [] : [row.parent])])
    const heads = [...new Set(wanted)].filter((id) => !sought.has(id))
    const found: Kin[] = []
    for (let start = 0; start < heads.length; start += chunkRows) {
      const some = heads.slice(start, start + chunkRows)
      for (const id of some) sought.add(id)
      found.push(...(await receiptsOfParents(db, organisation, some)))
      const unknown = some.filter((id) => !family.has(id))
      found.push(...(await findReceipts(db, organisation, unknown)))
    }
    fresh = found.filter((row) => !family.has(row.id))
    for (const row of fresh) family.set(row.id, row)
  }
  return family
}

async function openAmong(db: Reader, rows: readonly Kin[]): Promise<ReadonlySet<string>> {
  const intents = rows.filter((row) => row.phase === 'intent').map((row) => row.id)
  const open = new Set<string>()
  for (let start = 0; start < intents.length; start += chunkRows) {
    const found = await db
      .selectFrom('open_intents')
      .select('receipt_id')
      .where('receipt_id', 'in', intents.slice(start, start + chunkRows))
      .execute()
    for (const row of found) open.add(row.receipt_id)
  }
  return open
}

/** Says by which holds a receipt is kept for itself: it is of the case, of a run that is, or says how a package of it came here. */
async function reasonsToHold(
  db: Reader,
  organisation: string,
  holds: readonly Pick<LegalHoldRow, 'id' | 'case_id'>[],
  sealed: SealedReceipts | undefined,
): Promise<(row: Kin) => readonly string[]> {
  const reasons = await Promise.all(
    holds.map(async (hold) => {
      const named = await db
        .selectFrom('receipts')
        .select(['run', 'package'])
        .distinct()
        .where('organisation', '=', organisation)
        .where('case_id', '=', hold.case_id)
        .execute()
      const archived = await sealed?.namedBy(db, organisation, hold.case_id)
      const runs = new Set([...named.flatMap((row) => row.run ?? []), ...(archived?.runs ?? [])])
      const packages = new Set([...named.flatMap((row) => row.package ?? []), ...(archived?.packages ?? [])])
      return { hold, runs, packages }
    }),
  )
  return (row) =>
    reasons
      .filter(
        ({ hold, runs, packages }) =>
          row.case_id === hold.case_id ||
          (row.run !== null && runs.has(row.run)) ||
          (row.package !== null && packages.has(row.package) && packageOperations.includes(row.operation)),
      )
      .map(({ hold }) => hold.id)
}
