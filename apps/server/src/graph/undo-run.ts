import type { TextIndex, Tx } from '../kernel/db/index.ts'
import {
  changesOf,
  deleteEntities,
  deleteRelations,
  entitiesById,
  forgetChanges,
  relatedAmong,
  updateEntity,
} from './entity-store.ts'
import type { EntityRow } from './entity-store.ts'
import { wordsOf } from './upsert.ts'

export interface UndoOrder {
  readonly organisation: string
  readonly run: string
  /** Which of the entities others refer to; they stay. */
  readonly held: (ids: readonly string[]) => Promise<ReadonlySet<string>>
}
export interface Undone {
  readonly removedEntities: number
  readonly removedRelations: number
  readonly restored: number
  /** Left as they are, because something else has since written or related them. */
  readonly kept: number
  /** Ids of the entities removed, for whoever refers to them. */
  readonly gone: readonly string[]
}

/** Takes back what a run wrote; what others have since changed or connected stays. */
export async function undoRun(
  tx: Tx,
  words: TextIndex,
  { organisation, run, held: heldAmong }: UndoOrder,
): Promise<Undone> {
  const changes = await changesOf(tx, organisation, run)
  const relations = changes.filter((change) => change.kind === 'relation').map((change) => change.id)
  const removedRelations = await deleteRelations(tx, organisation, relations, run)
  let kept = relations.length - removedRelations

  const entities = changes.filter((change) => change.kind === 'entity')
  const ids = entities.map((change) => change.id)
  const rows = await entitiesById(tx, organisation, ids)
  const related = await relatedAmong(tx, organisation, ids)
  const held = await heldAmong(ids)
  const gone: EntityRow[] = []
  let restored = 0
  for (const change of entities) {
    const now = rows.get(change.id)
    if (now === undefined) continue
    const isOthers = now.run !== run || (change.before === null && (held.has(now.id) || related.has(now.id)))
    if (isOthers) {
      kept += 1
    } else if (change.before === null) {
      gone.push(now)
    } else {
      const before = JSON.parse(change.before) as EntityRow
      await updateEntity(tx, before)
      await words.remove(tx, [now.seq])
      await words.put(tx, [wordsOf(before)])
      restored += 1
    }
  }
  await words.remove(
    tx,
    gone.map((row) => row.seq),
  )
  const goneIds = gone.map((row) => row.id)
  await deleteEntities(tx, organisation, goneIds)
  await forgetChanges(tx, organisation, run)
  return { removedEntities: gone.length, removedRelations, restored, kept, gone: goneIds }
}
