import type { Reader, Tx } from '../kernel/db/index.ts'
import type { Identity } from '../identity/index.ts'
import type { Policy } from '../policy/index.ts'
import { reviewsOf } from './code-review-store.ts'
import { publishersOf } from './package-store.ts'
import type { PackageRow, PublisherTrust } from './package-store.ts'

/** What the marketplace asks of others to say how far code is trusted. */
export interface TrustDeps {
  readonly neededLevel: Policy['neededLevel']
  /** The level that the sandbox of this server reached. */
  readonly reachedLevel: () => string
  readonly hasOther: Identity['hasOther']
}

/** What decides at which sandbox level code may run. */
export interface Trust {
  readonly trust: PublisherTrust
  /** A person of the organisation reviewed this very content. */
  readonly reviewed: boolean
}

/** Answers the trust in any package of an organisation, as it is now. */
export async function readTrust(
  db: Reader | Tx,
  organisation: string,
): Promise<(row: Pick<PackageRow, 'key_id' | 'digest'>) => Trust> {
  const publishers = new Map((await publishersOf(db, organisation)).map((row) => [row.key_id, row.trust]))
  const reviewed = new Set((await reviewsOf(db, organisation)).map((row) => row.digest))
  return (row) => ({ trust: publishers.get(row.key_id) ?? 'pinned', reviewed: reviewed.has(row.digest) })
}
