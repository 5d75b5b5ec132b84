import type { Reader, TextIndex, Tx } from '../kernel/db/index.ts'
import { containsText, nothingThere } from '../kernel/subject-place.ts'
import type { SubjectPlace } from '../kernel/subject-place.ts'
import { mostNamed } from '../kernel/subject-place.ts'
import { deleteEntities } from './entity-store.ts'

/** What cases, which refer to entities, do about those that go. */
export interface Referring {
  casesWith(db: Reader, organisation: string, entities: readonly string[]): Promise<readonly string[]>
  detach(tx: Tx, organisation: string, entities: readonly string[]): Promise<void>
}

/** Entities that name the person in any of their columns. They go whole, with their relations, and out of every case. */
export function graphPlace(words: TextIndex, referring: Referring): SubjectPlace {
  return {
    place: 'graph',
    columns: { entities: ['key', 'name', 'properties', 'citations'], graph_changes: ['before'] },
    async find(db, organisation, subject) {
      if (subject.kind === 'user') return nothingThere
      const ids = (await entitiesWith(db, organisation, subject.text)).map(({ id }) => id)
      const changes = await changesWith(db, organisation, subject.text)
      const all = [...new Set([...ids, ...changes])]
      return {
        count: all.length,
        ids: all.slice(0, mostNamed),
        cases: await referring.casesWith(db, organisation, all),
      }
    },
    async erase(tx: Tx, organisation, subject) {
      if (subject.kind === 'user') return 0
      const rows = await entitiesWith(tx, organisation, subject.text)
      const ids = rows.map(({ id }) => id)
      await words.remove(
        tx,
        rows.map(({ seq }) => seq),
      )
      await deleteWithRelations(tx, organisation, ids, referring)
      // How a row was before a run changed it: without it that run can no longer be undone for this row, and says so.
      const changes = await changesWith(tx, organisation, subject.text)
      for (const id of changes)
        await tx
          .deleteFrom('graph_changes')
          .where('organisation', '=', organisation)
          .where('id', '=', id)
          .execute()
      return new Set([...ids, ...changes]).size
    },
  }
}

async function entitiesWith(db: Reader | Tx, organisation: string, text: string) {
  return await db
    .selectFrom('entities')
    .select(['id', 'seq'])
    .where('organisation', '=', organisation)
    .where((e) =>
      e.or((['key', 'name', 'properties', 'citations'] as const).map((column) => containsText(column, text))),
    )
    .execute()
}

async function changesWith(db: Reader | Tx, organisation: string, text: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('graph_changes')
    .select('id')
    .distinct()
    .where('organisation', '=', organisation)
    .where('before', 'is not', null)
    .where(containsText('before', text))
    .execute()
  return rows.map(({ id }) => id)
}

async function deleteWithRelations(
  tx: Tx,
  organisation: string,
  ids: readonly string[],
  referring: Referring,
): Promise<void> {
  for (let start = 0; start < ids.length; start += 500) {
    const some = ids.slice(start, start + 500)
    await referring.detach(tx, organisation, some)
    for (const end of ['from_id', 'to_id'] as const)
      await tx
        .deleteFrom('relations')
        .where('organisation', '=', organisation)
        .where(end, 'in', some)
        .execute()
  }
  await deleteEntities(tx, organisation, ids)
}
