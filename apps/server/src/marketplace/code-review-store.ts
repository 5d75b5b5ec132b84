import type { Reader, Tx } from '../kernel/db/index.ts'
import type { CodeReviewRow } from './package-store.ts'

export async function reviewsOf(db: Reader | Tx, organisation: string): Promise<readonly CodeReviewRow[]> {
  return await db
    .selectFrom('code_reviews')
    .selectAll()
    .where('organisation', '=', organisation)
    .orderBy('digest')
    .execute()
}

export async function findReview(
  db: Reader | Tx,
  organisation: string,
  digest: string,
): Promise<CodeReviewRow | undefined> {
  return await db
    .selectFrom('code_reviews')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('digest', '=', digest)
    .executeTakeFirst()
}

/** The latest review of a content is the one that counts; its receipts tell of the earlier ones. */
export async function putReview(tx: Tx, row: CodeReviewRow): Promise<void> {
  await deleteReview(tx, row.organisation, row.digest)
  await tx.insertInto('code_reviews').values(row).execute()
}

/** False when there was none. */
export async function deleteReview(tx: Tx, organisation: string, digest: string): Promise<boolean> {
  const result = await tx
    .deleteFrom('code_reviews')
    .where('organisation', '=', organisation)
    .where('digest', '=', digest)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}
