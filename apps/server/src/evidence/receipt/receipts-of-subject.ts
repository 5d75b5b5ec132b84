import { sql } from 'kysely'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import { containsText, foundIn, holdsText } from '../../kernel/subject-place.ts'
import type { PreparedErasure, Subject, SubjectPlace } from '../../kernel/subject-place.ts'
import { receiptsChanged } from '../blocks/block-store.ts'
import { isFolded } from '../retention/folded.ts'
import type { PlacedReceipt } from './receipt-row.ts'
import { partsOf } from './receipt-store.ts'

/** What receipts in blocks hold of people. */
export interface SealedPeople {
  find(db: Reader, organisation: string, names: Names): Promise<readonly PlacedReceipt[]>
  prepare(db: Reader, organisation: string, names: Names): Promise<PreparedErasure>
}

/** The parts that are left of a receipt once the person is out of it; undefined when it does not name them. */
export type Names = (row: Pick<PlacedReceipt, 'actor' | 'parts'>) => string | undefined

/**
 * Receipts that somebody left, or that name them. Their entries are signed and stay; what goes is what opens them: the keys
 * of the salts and the texts of the parts. Bundles show such parts as redacted, and verify as before.
 */
export function receiptsPlace(sealed: SealedPeople): SubjectPlace {
  return {
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
      const inBlocks = await sealed.find(db, organisation, namesOf(subject))
      const there = new Set(rows.map(({ id }) => id))
      return foundIn([...rows, ...inBlocks.filter(({ id }) => !there.has(id))])
    },
    prepare: (db, organisation, subject) => sealed.prepare(db, organisation, namesOf(subject)),
    async erase(tx: Tx, organisation, subject) {
      // Whoever seals rows right now has read them as they were.
      await receiptsChanged(tx)
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
}

function namesOf(subject: Subject): Names {
  if (subject.kind === 'user')
    return (row) => (row.actor === subject.user && row.parts !== '{}' ? '{}' : undefined)
  return (row) => (holdsText(row.parts, subject.text) ? partsWithout(row, subject.text) : undefined)
}

function partsWithout(row: Pick<PlacedReceipt, 'parts'>, text: string): string {
  const left = Object.entries(partsOf(row)).filter(([, part]) => !holdsText(JSON.stringify(part), text))
  return JSON.stringify(Object.fromEntries(left))
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
    await tx
      .updateTable('receipts')
      .set({ parts: partsWithout(row, text) })
      .where('organisation', '=', organisation)
      .where('id', '=', row.id)
      .execute()
    closed += 1
  }
  return closed
}
