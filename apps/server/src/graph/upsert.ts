import { inTurn } from '../kernel/db/index.ts'
import type { Tx } from '../kernel/db/index.ts'
import type { TextIndex } from '../kernel/db/index.ts'
import { newId } from '../kernel/ids.ts'
import { stricterTlp } from '../kernel/tlp.ts'
import {
  findByKeys,
  findIds,
  insertEntities,
  insertRelations,
  largestSeq,
  recordChanges,
  updateEntity,
} from './entity-store.ts'
import type { EntityRow, RelationRow } from './entity-store.ts'

export interface EntityDraft {
  readonly key: string
  readonly type: string
  readonly name: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly confidence?: number
  readonly tlp?: string
  readonly citations?: readonly unknown[]
}
export interface RelationDraft {
  readonly from: string
  readonly to: string
  readonly type: string
  readonly confidence?: number
}
export interface Source {
  readonly name: string
  readonly version: string
  readonly licence: string
}
export interface GraphWrite {
  readonly organisation: string
  readonly entities: readonly EntityDraft[]
  readonly relations: readonly RelationDraft[]
  readonly source: Source
  /** Of what the draft does not mark itself. */
  readonly tlp: string
  /** What a run writes is marked no less than this, whatever its drafts say. */
  readonly atLeast?: string
  readonly at: number
  /** Keep the citations with the entities; a case keeps them with what is attached. */
  readonly cited?: boolean
  /** What to do with a relation to an unknown end: refuse the whole write, or write the rest. */
  readonly dangling?: 'refuse' | 'leave_out'
  /** The run whose proposal this is; its changes can be undone. */
  readonly run?: string
}
export interface GraphWritten {
  readonly created: number
  readonly updated: number
  readonly relations: number
  /** Natural key → entity id, of everything named. */
  readonly ids: ReadonlyMap<string, string>
}

/** A relation names an entity that is neither stored nor part of the write. */
export interface Dangling {
  readonly dangling: { readonly from: string; readonly to: string; readonly missing: string }
}

/** Creates or updates by natural key, all of it or nothing. Equal rows are left alone. */
export async function upsert(tx: Tx, words: TextIndex, write: GraphWrite): Promise<GraphWritten | Dangling> {
  // New entities are numbered from the largest there is, so writers take turns.
  await inTurn(tx, 'graph')
  // The last of several drafts with one key wins, as it would in two writes.
  const drafts = new Map(write.entities.map((draft) => [draft.key, draft]))
  const known = await findByKeys(tx, write.organisation, [...drafts.keys()])
  const ids = new Map([...known].map(([key, row]) => [key, row.id]))
  const ends = new Set(
    write.relations.flatMap(({ from, to }) => [from, to]).filter((key) => !drafts.has(key)),
  )
  for (const [key, id] of await findIds(tx, write.organisation, [...ends])) ids.set(key, id)

  const created: EntityRow[] = []
  const updated: { before: EntityRow; after: EntityRow }[] = []
  let seq = await largestSeq(tx)
  for (const draft of drafts.values()) {
    const before = known.get(draft.key)
    if (before === undefined) {
      seq += 1
      const row = rowOf(write, draft, { seq, id: newId('ent') })
      created.push(row)
      ids.set(draft.key, row.id)
    } else {
      const after = mergeInto(before, write, draft)
      if (after !== undefined) updated.push({ before, after })
    }
  }
  const isWhole = ({ from, to }: RelationDraft): boolean => ids.has(from) && ids.has(to)
  const broken = write.relations.find((draft) => !isWhole(draft))
  if (broken !== undefined && write.dangling !== 'leave_out') {
    const { from, to } = broken
    return { dangling: { from, to, missing: ids.has(from) ? to : from } }
  }

  await insertEntities(tx, created)
  await words.put(tx, created.map(wordsOf))
  for (const { before, after } of updated) {
    await updateEntity(tx, after)
    if (before.name !== after.name) {
      await words.remove(tx, [after.seq])
      await words.put(tx, [wordsOf(after)])
    }
  }
  const relations = write.relations.filter(isWhole).map((draft): RelationRow => relationOf(write, draft, ids))
  const added = await insertRelations(tx, relations)

  if (write.run !== undefined) {
    const { organisation, run } = write
    await recordChanges(tx, [
      ...created.map((row) => ({ organisation, run, kind: 'entity' as const, id: row.id, before: null })),
      ...updated.map(({ before }) => ({
        organisation,
        run,
        kind: 'entity' as const,
        id: before.id,
        before: JSON.stringify(before),
      })),
      ...added.map((id) => ({ organisation, run, kind: 'relation' as const, id, before: null })),
    ])
  }
  return { created: created.length, updated: updated.length, relations: added.length, ids }
}

export function wordsOf(row: EntityRow): { key: number; scope: string; text: string } {
  return { key: row.seq, scope: row.organisation, text: `${row.key} ${row.name}` }
}

function rowOf(write: GraphWrite, draft: EntityDraft, identity: { seq: number; id: string }): EntityRow {
  return {
    ...identity,
    organisation: write.organisation,
    key: draft.key,
    type: draft.type,
    name: draft.name,
    properties: JSON.stringify(draft.properties ?? {}),
    tlp: markingOf(write, draft),
    confidence: draft.confidence ?? 1,
    source_name: write.source.name,
    source_version: write.source.version,
    source_licence: write.source.licence,
    citations: JSON.stringify(write.cited === true ? (draft.citations ?? []) : []),
    run: write.run ?? null,
    updated_at: write.at,
  }
}

function markingOf(write: GraphWrite, draft: EntityDraft): string {
  const said = draft.tlp ?? write.tlp
  return write.atLeast === undefined ? said : stricterTlp(said, write.atLeast)
}

/**
 * The row with the draft's facts over it, or undefined when nothing changes. Properties merge; nothing is dropped. No
 * marking falls, neither the row's, because who proposes an entity does not decide who may be told of what was known, nor
 * the write's: a row that takes on a fact takes on its marking.
 */
export function mergeInto(before: EntityRow, write: GraphWrite, draft: EntityDraft): EntityRow | undefined {
  const old = JSON.parse(before.properties) as Record<string, unknown>
  const properties = JSON.stringify({ ...old, ...draft.properties })
  const confidence = draft.confidence ?? before.confidence
  const citations = write.cited === true ? withCitations(before.citations, draft.citations) : before.citations
  const stated = stricterTlp(before.tlp, draft.tlp ?? before.tlp)
  const same =
    before.tlp === stated &&
    before.name === draft.name &&
    before.type === draft.type &&
    before.properties === properties &&
    before.confidence === confidence &&
    before.citations === citations
  if (same) return undefined
  return {
    ...rowOf(write, draft, before),
    ...(write.run === undefined ? {} : sourceOf(before)),
    properties,
    confidence,
    citations,
    tlp: stricterTlp(stated, markingOf(write, draft)),
  }
}

/**
 * What a run adds leaves the row under the licence it had: otherwise code that may not be given a row would write a word
 * into it and be given all of it, as its own. Which run it was is in the row beside.
 */
function sourceOf({ source_name, source_version, source_licence }: EntityRow) {
  return { source_name, source_version, source_licence }
}

/** More would be kept for ever, of a plugin that cites something new in each run. */
const mostCitations = 200

function withCitations(before: string, added: readonly unknown[] = []): string {
  const each = [...(JSON.parse(before) as unknown[]), ...added].map((citation) => JSON.stringify(citation))
  return `[${[...new Set(each)].slice(-mostCitations).join(',')}]`
}

function relationOf(write: GraphWrite, draft: RelationDraft, ids: ReadonlyMap<string, string>): RelationRow {
  return {
    id: newId('rel'),
    organisation: write.organisation,
    from_id: ids.get(draft.from) as string,
    to_id: ids.get(draft.to) as string,
    type: draft.type,
    confidence: draft.confidence ?? 1,
    tlp: write.atLeast === undefined ? write.tlp : stricterTlp(write.tlp, write.atLeast),
    source_name: write.source.name,
    run: write.run ?? null,
  }
}
