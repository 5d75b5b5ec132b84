import { allow, deny, graphDenials } from '@switchboard/api'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { openTextIndex } from '../kernel/db/index.ts'
import type { Database, Reader, TextIndex, Tx } from '../kernel/db/index.ts'
import { handleRead, handleWrite, operationOf } from '../kernel/handler.ts'
import type { Context, Registration } from '../kernel/handler.ts'
import type { SubjectPlace } from '../kernel/subject-place.ts'
import { isWithin, stricterTlp } from '../kernel/tlp.ts'
import { ask } from './ask/ask.ts'
import {
  deleteGraphOf,
  entitiesById,
  entitiesBySeq,
  findByKeys,
  findEntity,
  findIds,
  relationsAmong,
  relationsOf,
  relationsThere,
  changesOf,
  runsThatWrote,
} from './entity-store.ts'
import type { EntityRow, RelationRow } from './entity-store.ts'
import { graphPlace } from './people-in-graph.ts'
import type { Referring } from './people-in-graph.ts'
import { undoRun } from './undo-run.ts'
import type { Undone, UndoOrder } from './undo-run.ts'
import { mergeInto, upsert } from './upsert.ts'
import type { Dangling, EntityDraft, GraphWrite, GraphWritten, RelationDraft } from './upsert.ts'

export type Entity = OutputOf<OperationByName<'graph.entity'>>

export interface Graph {
  readonly registrations: readonly Registration[]
  write(tx: Tx, write: GraphWrite): Promise<GraphWritten | Dangling>
  undo(tx: Tx, undone: UndoOrder): Promise<Undone>
  /** Which of the runs have written something that can be taken back. */
  runsThatWrote(tx: Tx, organisation: string, runs: readonly string[]): Promise<ReadonlySet<string>>
  /** Rows that are there, or are as they are, because of a run. */
  writtenBy(
    db: Reader,
    organisation: string,
    run: string,
  ): Promise<readonly { readonly kind: 'entity' | 'relation'; readonly id: string }[]>
  entities(db: Reader, organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, Entity>>
  /** Relations with both ends among the entities; at most so many. */
  relationsAmong(
    db: Reader,
    organisation: string,
    ids: readonly string[],
    most: number,
  ): Promise<readonly RelationRow[]>
  /** What writing the entities would do to each, without doing it. */
  previewEntities(
    db: Reader,
    organisation: string,
    drafts: readonly EntityDraft[],
  ): Promise<readonly ('create' | 'update' | 'same')[]>
  /** The same of relations: one that is there stays as it is. */
  previewRelations(
    db: Reader,
    organisation: string,
    drafts: readonly RelationDraft[],
  ): Promise<readonly ('create' | 'same')[]>
  removeAll(tx: Tx, organisation: string): Promise<{ entities: number; relations: number }>
  /** Where the graph keeps people. */
  place(referring: Referring): SubjectPlace
}

export function createGraph({ database }: { database: Pick<Database, 'dialect'> }): Graph {
  const words = openTextIndex(database.dialect, 'entity_words')
  return {
    registrations: [
      search(words),
      entity(),
      neighbours(),
      ask(entityOf),
      upsertEntities(words),
      importEntities(words),
    ],
    place: (referring) => graphPlace(words, referring),
    write: (tx, write) => upsert(tx, words, write),
    undo: (tx, undone) => undoRun(tx, words, undone),
    runsThatWrote,
    async writtenBy(db, organisation, run) {
      const changes = await changesOf(db, organisation, run)
      return changes.map(({ kind, id }) => ({ kind, id }))
    },
    async entities(db, organisation, ids) {
      const rows = await entitiesById(db, organisation, ids)
      return new Map([...rows].map(([id, row]) => [id, entityOf(row)]))
    },
    relationsAmong,
    async previewEntities(db, organisation, drafts) {
      const known = await findByKeys(
        db,
        organisation,
        drafts.map((draft) => draft.key),
      )
      const write = {
        organisation,
        entities: [],
        relations: [],
        source: { name: '', version: '', licence: '' },
        tlp: 'CLEAR',
        at: 0,
      }
      return drafts.map((draft) => {
        const before = known.get(draft.key)
        if (before === undefined) return 'create'
        return mergeInto(before, write, draft) === undefined ? 'same' : 'update'
      })
    },
    async previewRelations(db, organisation, drafts) {
      const keys = [...new Set(drafts.flatMap(({ from, to }) => [from, to]))]
      const ids = await findIds(db, organisation, keys)
      const ends = drafts.map(({ from, to, type }) => ({
        from_id: ids.get(from) ?? '',
        to_id: ids.get(to) ?? '',
        type,
      }))
      const known = await relationsThere(db, organisation, ends)
      return known.map((isThere) => (isThere ? 'same' : 'create'))
    },
    async removeAll(tx, organisation) {
      const seqs = await tx
        .selectFrom('entities')
        .select('seq')
        .where('organisation', '=', organisation)
        .execute()
      await words.remove(
        tx,
        seqs.map((row) => row.seq),
      )
      return await deleteGraphOf(tx, organisation)
    },
  }
}

function entityOf(row: EntityRow): Entity {
  return {
    id: row.id,
    key: row.key,
    type: row.type,
    name: row.name,
    properties: JSON.parse(row.properties) as Record<string, unknown>,
    tlp: row.tlp as Entity['tlp'],
    confidence: row.confidence,
    source: { name: row.source_name, version: row.source_version, licence: row.source_licence },
    ...(row.citations === '[]' ? {} : { citations: JSON.parse(row.citations) as unknown[] }),
  }
}

function mayBeShown(ctx: Context, row: EntityRow): boolean {
  return isWithin(ctx.ceilings, { tlp: row.tlp, licence: row.source_licence })
}

/** Tells the receipt what is delivered: how many rows, how marked, under which licences, and what was held back. */
function deliver(
  ctx: Context,
  rows: readonly { readonly tlp: string; readonly licence: string }[],
  withheld = 0,
): void {
  ctx.count({ rows: rows.length })
  ctx.place({
    licences: rows.map((row) => row.licence),
    ...(rows.length === 0 ? {} : { tlp: rows.map((row) => row.tlp).reduce(stricterTlp) }),
  })
  if (withheld > 0) ctx.subject({ target: `without ${withheld} rows that are beyond the plugin's ceilings` })
}

/** The entity as policy sees it; of another organisation it is simply unknown. */
async function entityResource(ctx: Context, { id }: { id: string }) {
  const row = await findEntity(ctx.read, ctx.actor.organisation, id)
  if (row === undefined) return deny(graphDenials, 'entity_unknown', { entity: id })
  return allow({
    type: 'Entity',
    id: row.id,
    organisation: row.organisation,
    tlp: row.tlp,
    attributes: { licence: row.source_licence },
  } as const)
}

function search(words: TextIndex): Registration {
  return handleRead(operationOf('graph.search'), {
    async run(ctx, { q, type, limit = 100 }) {
      const { organisation } = ctx.actor
      const exact = await findEntity(ctx.read, organisation, q)
      const find = async (candidates: number) => {
        const seqs = await words.search(ctx.read, { scope: organisation, text: q, limit: candidates })
        const found = await entitiesBySeq(ctx.read, organisation, seqs)
        const ranked = exact === undefined ? found : [exact, ...found.filter((row) => row.id !== exact.id)]
        const wanted = ranked.filter((row) => type === undefined || row.type === type)
        const shown = wanted.filter((row) => mayBeShown(ctx, row))
        return { wanted, shown, mayBeMore: seqs.length === candidates }
      }
      // Type and ceiling are looked at after the word search: only when they leave too little are more candidates read.
      let search = await find(limit)
      if (search.shown.length < limit && search.mayBeMore) search = await find(limit * 20)
      const shown = search.shown.slice(0, limit)
      deliver(
        ctx,
        shown.map((row) => ({ tlp: row.tlp, licence: row.source_licence })),
        search.wanted.length - search.shown.length,
      )
      return allow({ rows: shown.map(entityOf) })
    },
  })
}

function entity(): Registration {
  return handleRead(operationOf('graph.entity'), {
    resource: entityResource,
    async run(ctx, { id }) {
      const row = await findEntity(ctx.read, ctx.actor.organisation, id)
      if (row === undefined) return deny(graphDenials, 'entity_unknown', { entity: id })
      deliver(ctx, [{ tlp: row.tlp, licence: row.source_licence }])
      return allow(entityOf(row))
    },
  })
}

function neighbours(): Registration {
  return handleRead(operationOf('graph.neighbours'), {
    resource: entityResource,
    async run(ctx, { id, type, limit = 100 }) {
      const { organisation } = ctx.actor
      const centre = await findEntity(ctx.read, organisation, id)
      if (centre === undefined) return deny(graphDenials, 'entity_unknown', { entity: id })
      const relations = await relationsOf(ctx.read, organisation, centre.id, { type, limit })
      const others = relations.map((relation) =>
        relation.from_id === centre.id ? relation.to_id : relation.from_id,
      )
      const entities = await entitiesById(ctx.read, organisation, [...new Set(others)])
      const shown = relations.flatMap((relation, i) => {
        const other = entities.get(others[i] as string)
        const tlp = stricterTlp(relation.tlp, other?.tlp ?? '')
        if (other === undefined || !isWithin(ctx.ceilings, { tlp, licence: other.source_licence })) return []
        return [{ relation, other, tlp, licence: other.source_licence }]
      })
      deliver(ctx, shown, relations.length - shown.length)
      return allow({
        rows: shown.map(({ relation, other }) => ({
          entity: entityOf(other),
          relation: relation.type,
          direction: relation.from_id === centre.id ? ('out' as const) : ('in' as const),
          confidence: relation.confidence,
        })),
      })
    },
  })
}

function upsertEntities(words: TextIndex): Registration {
  return handleWrite(operationOf('graph.upsert'), {
    async run(ctx, { entities, relations = [] }) {
      const { organisation, name, via } = ctx.actor
      const written = await upsert(ctx.tx, words, {
        organisation,
        entities,
        relations,
        // Where a plugin has it from is in the citations; the licence is that of what they name.
        source:
          via === undefined
            ? { name, version: '-', licence: 'proprietary' }
            : { name: via.package, version: via.version, licence: 'as cited' },
        tlp: 'CLEAR',
        cited: true,
        ...(via === undefined ? {} : { atLeast: via.marked.tlp, run: via.run }),
        at: ctx.at,
      })
      if ('dangling' in written) return deny(graphDenials, 'relation_dangling', written.dangling)
      ctx.count({ rows: entities.length + relations.length })
      return allow({ created: written.created, updated: written.updated, relations: written.relations })
    },
  })
}

function importEntities(words: TextIndex): Registration {
  return handleWrite(operationOf('graph.import'), {
    async run(ctx, { source, tlp = 'CLEAR', entities, relations = [] }) {
      const written = await upsert(ctx.tx, words, {
        organisation: ctx.actor.organisation,
        entities,
        relations,
        source,
        tlp,
        at: ctx.at,
      })
      if ('dangling' in written) return deny(graphDenials, 'relation_dangling', written.dangling)
      ctx.count({ rows: entities.length + relations.length })
      ctx.place({ tlp, licences: [source.licence] })
      return allow({ created: written.created, updated: written.updated, relations: written.relations })
    },
  })
}
