import type { Reader, Tx } from '../kernel/db/index.ts'
import type { MigrationStep } from '../kernel/db/index.ts'
import { textPlace } from '../kernel/subject-place.ts'

interface IdempotencyTable {
  organisation: string
  user: string
  key: string
  operation: string
  input_sha256: string
  /** The intent or effect that holds the key. */
  receipt: string
  /** The package that the answer comes from; its uninstall forgets the answer. */
  package: string | null
  /** JSON of the answer; null while the operation is under way. */
  answer: string | null
  at: number
}

declare module '../kernel/db/tables.ts' {
  interface Tables {
    idempotency_keys: IdempotencyTable
  }
}

export const gateMigrations: readonly MigrationStep[] = [
  {
    name: 'gate/0001-idempotency-keys',
    async up(db, types) {
      await db.schema
        .createTable('idempotency_keys')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('user', 'text', (c) => c.notNull())
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('operation', 'text', (c) => c.notNull())
        .addColumn('input_sha256', 'text', (c) => c.notNull())
        .addColumn('receipt', 'text', (c) => c.notNull())
        .addColumn('package', 'text')
        .addColumn('answer', 'text')
        .addColumn('at', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('idempotency_keys_key', ['organisation', 'user', 'key'])
        .execute()
      await db.schema
        .createIndex('idempotency_keys_receipt')
        .on('idempotency_keys')
        .column('receipt')
        .execute()
    },
  },
]

export interface KeyOwner {
  readonly organisation: string
  readonly user: string
  readonly key: string
}

export async function findKey(db: Reader | Tx, owner: KeyOwner) {
  return await db
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('organisation', '=', owner.organisation)
    .where('user', '=', owner.user)
    .where('key', '=', owner.key)
    .executeTakeFirst()
}

/** Claims the key for this performance; false when another holds it. */
export async function claimKey(
  tx: Tx,
  owner: KeyOwner,
  claim: { operation: string; inputSha256: string; receipt: string; package: string | null; at: number },
): Promise<boolean> {
  const result = await tx
    .insertInto('idempotency_keys')
    .values({
      organisation: owner.organisation,
      user: owner.user,
      key: owner.key,
      operation: claim.operation,
      input_sha256: claim.inputSha256,
      receipt: claim.receipt,
      package: claim.package,
      answer: null,
      at: claim.at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function answerKey(tx: Tx, owner: KeyOwner, answer: string): Promise<void> {
  await tx
    .updateTable('idempotency_keys')
    .set({ answer })
    .where('organisation', '=', owner.organisation)
    .where('user', '=', owner.user)
    .where('key', '=', owner.key)
    .execute()
}

/** Frees the key of a performance that came to nothing, so that the same request may be sent again. */
export async function releaseKey(tx: Tx, receipt: string): Promise<void> {
  await tx.deleteFrom('idempotency_keys').where('receipt', '=', receipt).where('answer', 'is', null).execute()
}

/** Frees every key whose performance ended with the process that ran it. */
export async function releaseUnanswered(tx: Tx): Promise<void> {
  await tx.deleteFrom('idempotency_keys').where('answer', 'is', null).execute()
}

/** Keys answer for a day; older ones are forgotten. */
export async function forgetKeysBefore(tx: Tx, at: number): Promise<void> {
  await tx.deleteFrom('idempotency_keys').where('at', '<', at).execute()
}

/** Forgets the answers of a package's operations, or of all of an organisation's. A key that still waits for its answer stays. */
export async function forgetAnswersOf(tx: Tx, organisation: string, packageName?: string): Promise<number> {
  let answers = tx
    .deleteFrom('idempotency_keys')
    .where('organisation', '=', organisation)
    .where('answer', 'is not', null)
  if (packageName !== undefined) answers = answers.where('package', '=', packageName)
  return Number((await answers.executeTakeFirst()).numDeletedRows)
}

/** Answers that are given again to whoever repeats a request. */
export const answersPlace = textPlace({
  place: 'answers kept for repeated requests',
  table: 'idempotency_keys',
  id: 'receipt',
  texts: { answer: 'delete row' },
})
