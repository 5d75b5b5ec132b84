import { sql } from 'kysely'
import type { Tx } from '../../kernel/db/index.ts'
import { containsText, foundIn, holdsText } from '../../kernel/subject-place.ts'
import type { SubjectPlace } from '../../kernel/subject-place.ts'
import { isFolded } from '../retention/folded.ts'
import { partsOf } from './receipt-store.ts'

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
    return foundIn(rows)
  },
  async erase(tx: Tx, organisation, subject) {
    if (subject.kind === 'text') return await closeParts(tx, organisation, subject.text)
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

/** Takes away the parts that hold the text, one by one: the others still say what happened. */
async function closeParts(tx: Tx, organisation: string, text: string): Promise<number> {
  const rows = await tx
    .selectFrom('receipts')
    .select(['id', 'entry', 'parts'])
    .where('organisation', '=', organisation)
    .where(containsText('parts', text))
    .execute()
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
