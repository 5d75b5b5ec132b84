import type { TextIndex, Tx } from '../kernel/db/index.ts'
import {
  changesOf,
  deleteEntity,
  deleteRelation,
  entitiesById,
  forgetChanges,
  relationsOf,
  updateEntity,
} from './entity-store.ts'
import type { EntityRow } from './entity-store.ts'
import { wordsOf } from './upsert.ts'

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
  undone: { readonly organisation: string; readonly run: string; readonly held: ReadonlySet<string> },
): Promise<Undone> {
  const { organisation, run, held } = undone
  const changes = await changesOf(tx, organisation, run)
  let removedRelations = 0
  let kept = 0
  for (const change of changes) {
    if (change.kind !== 'relation') continue
    if (await deleteRelation(tx, organisation, change.id, run)) removedRelations += 1
    else kept += 1
  }

  const entities = changes.filter((change) => change.kind === 'entity')
  const rows = await entitiesById(
    tx,
    organisation,
    entities.map((change) => change.id),
  )
  const gone: string[] = []
  let restored = 0
  for (const change of entities) {
    const now = rows.get(change.id)
    if (now === undefined) continue
    if (now.run !== run || (change.before === null && held.has(now.id))) {
      kept += 1
    } else if (change.before !== null) {
      const before = JSON.parse(change.before) as EntityRow
      await updateEntity(tx, before)
      await words.remove(tx, [now.seq])
      await words.put(tx, [wordsOf(before)])
      restored += 1
    } else if ((await relationsOf(tx, organisation, now.id, { limit: 1 })).length > 0) {
      kept += 1
    } else {
      await words.remove(tx, [now.seq])
      await deleteEntity(tx, organisation, now.id)
      gone.push(now.id)
    }
  }
  await forgetChanges(tx, organisation, run)
  return { removedEntities: gone.length, removedRelations, restored, kept, gone }
}
