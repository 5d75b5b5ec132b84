import { sql } from 'kysely'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { containsText, foundIn, holdsText } from '../../kernel/subject-place.ts'
import type { SubjectPlace } from '../../kernel/subject-place.ts'
import { archiveOf } from '../blocks/archive.ts'
import { receiptsChanged } from '../blocks/block-store.ts'
import { isFolded } from '../retention/folded.ts'
import { partsOf } from './receipt-store.ts'
import type { PlacedReceipt } from './receipt-store.ts'

/**
 * Receipts that somebody left, or that name them. Their entries are signed and stay; what goes is what opens them: the keys
 * of the salts and the texts of the parts. Bundles show such parts as redacted, and verify as before.
 */
export const receiptsPlace: SubjectPlace = {
  place: 'receipts',
  columns: { receipts: ['parts'], salt_keys: ['subject'] },
  async find(db, organisation, subject) {
    const rows = await db
      .selectFrom('receipts')
      .select(['id', 'case_id'])
      .where('organisation', '=', organisation)
      .where(
        subject.kind === 'user'
          ? sql<boolean>`(actor = ${subject.user} and parts <> '{}')`
          : containsText('parts', subject.text),
      )
      .orderBy('id')
      .execute()
    const sealed = subject.kind === 'user' ? await sealedOf(db, organisation, subject.user) : []
    return foundIn([...rows, ...sealed])
  },
  async erase(tx: Tx, organisation, subject) {
    if (subject.kind === 'text') return await closeParts(tx, organisation, subject.text)
    const sealed = await sealedOf(tx, organisation, subject.user)
    if (sealed.length > 0) {
      // Without its key what a block leaves out could never be computed again: nothing goes rather than everything.
      throw new Fault(
        'subject_sealed',
        `${sealed.length} receipts of ${subject.user} lie in blocks, which have to be written anew before the keys of their ` +
          'salts may go; the server cannot do that yet. Nothing was erased.',
        { retryable: false },
      )
    }
    await receiptsChanged(tx)
    await tx
      .deleteFrom('salt_keys')
      .where('organisation', '=', organisation)
      .where('subject', '=', subject.user)
      .execute()
    const { numUpdatedRows } = await tx
      .updateTable('receipts')
      .set({ parts: '{}' })
      .where('organisation', '=', organisation)
      .where('actor', '=', subject.user)
      .where('parts', '<>', '{}')
      .executeTakeFirst()
    return Number(numUpdatedRows)
  },
}

/** Receipts of a user in blocks that still say something. */
async function sealedOf(db: Reader, organisation: string, user: string): Promise<readonly PlacedReceipt[]> {
  const found = await (await archiveOf(db))?.search(db, { organisation, filter: { actor: user } })
  return (found ?? []).filter((receipt) => receipt.parts !== '{}')
}

/** Takes away the parts that hold the text, one by one: the others still say what happened. */
async function closeParts(tx: Tx, organisation: string, text: string): Promise<number> {
  const rows = await tx
    .selectFrom('receipts')
    .select(['id', 'entry', 'parts'])
    .where('organisation', '=', organisation)
    .where(containsText('parts', text))
    .execute()
  if (rows.length > 0) await receiptsChanged(tx)
  let closed = 0
  for (const row of rows) {
    if (isFolded(row)) continue
    const left = Object.entries(partsOf(row)).filter(([, part]) => !holdsText(JSON.stringify(part), text))
    await tx
      .updateTable('receipts')
      .set({ parts: JSON.stringify(Object.fromEntries(left)) })
      .where('organisation', '=', organisation)
      .where('id', '=', row.id)
      .execute()
    closed += 1
  }
  return closed
}
