import { Fault } from '../../kernel/fault.ts'
import type { Reader } from '../../kernel/db/index.ts'
import type { Ceilings } from '../../kernel/handler.ts'
import { isWithin, stricterTlp } from '../../kernel/tlp.ts'
import {
  countOfType,
  entitiesById,
  entitiesOfType,
  findByKeys,
  relationCount,
  relationsOf,
} from '../entity-store.ts'
import type { EntityRow, RelationRow } from '../entity-store.ts'
import { mostCounted, parseCypher } from './cypher.ts'
import type { Query } from './cypher.ts'

export interface Place {
  readonly db: Reader
  readonly organisation: string
  readonly ceilings: Ceilings | undefined
}
export interface Answered {
  readonly entities: readonly EntityRow[]
  /** Of a path, one fewer than its entities. */
  readonly relations: readonly RelationRow[]
  readonly count?: number
  /** The strictest marking of what the answer was made of. */
  readonly tlp: string
  /** There is more than was looked at. */
  readonly cut: boolean
}

/** Entities that a walk may visit; what lies beyond is said to be cut off. */
const mostVisited = 5_000
const mostRelations = 1_000

/** Performs one of the forms of {@link parseCypher}, exactly as it is written. */
export async function performCypher(place: Place, text: string): Promise<Answered> {
  const query = parseCypher(text)
  if (query === undefined)
    throw new Fault('cypher_unsupported', 'A query of another form.', { retryable: false })
  switch (query.kind) {
    case 'node':
      return answer(await named(place, query.key))
    case 'list':
      return await list(place, query)
    case 'step':
      return await step(place, query)
    case 'near':
      return await near(place, query)
    case 'path':
      return await path(place, query)
  }
}

/** Rows that performing it may read at most, before anything is read of them. */
export async function estimateReads({ db, organisation, ceilings }: Place, query: Query): Promise<number> {
  switch (query.kind) {
    case 'node':
      return 1
    case 'list':
      return Math.min(query.limit, await countOfType(db, organisation, query.type, ceilings))
    case 'step':
    case 'near':
    case 'path': {
      const [row] = (
        await findByKeys(db, organisation, [query.kind === 'path' ? query.from : query.key])
      ).values()
      const degree = row === undefined ? 0 : await relationCount(db, organisation, row.id, ceilings)
      if (query.kind === 'step') return 1 + Math.min(degree, mostCounted)
      const hops = query.hops
      // Without a statistic of the neighbours each is taken to have as many as the first; at least two, or it leads nowhere.
      return Math.min(mostVisited, Math.ceil(Math.max(degree, 2) ** hops))
    }
  }
}

async function list(
  place: Place,
  { type, count, limit }: Extract<Query, { kind: 'list' }>,
): Promise<Answered> {
  const { db, organisation, ceilings } = place
  // A number over everything tells of each of them: it is marked as the strictest that was counted.
  const rows = await entitiesOfType(db, organisation, type, { ceilings, limit: limit + 1 })
  if (!count) return answer(rows.slice(0, limit), { cut: rows.length > limit })
  const all = await countOfType(db, organisation, type, ceilings)
  return { ...answer(rows, { cut: rows.length > limit }), entities: [], count: all }
}

async function step(place: Place, query: Extract<Query, { kind: 'step' }>): Promise<Answered> {
  const { db, organisation } = place
  const [start] = await named(place, query.key)
  if (start === undefined) return answer([])
  const found: { relation: RelationRow; other: EntityRow }[] = []
  for (const type of query.relations) {
    const relations = await relationsOf(db, organisation, start.id, { type, limit: mostCounted })
    const end = query.direction === 'out' ? 'from_id' : 'to_id'
    found.push(
      ...(await across(
        place,
        start,
        relations.filter((relation) => relation[end] === start.id),
      )),
    )
  }
  return counted(query, found, start)
}

async function near(place: Place, query: Extract<Query, { kind: 'near' }>): Promise<Answered> {
  const [start] = await named(place, query.key)
  if (start === undefined) return answer([])
  const walk = await walkFrom(place, start, query.hops)
  const found = [...walk.reached.values()].flatMap(({ by }) => by ?? [])
  const answered = counted(query, found, start)
  return { ...answered, cut: answered.cut || walk.cut }
}

async function path(place: Place, query: Extract<Query, { kind: 'path' }>): Promise<Answered> {
  const [start] = await named(place, query.from)
  const [end] = await named(place, query.to)
  if (start === undefined || end === undefined) return answer([])
  const walk = await walkFrom(place, start, query.hops, end.id)
  if (!walk.reached.has(end.id)) return answer([], { cut: walk.cut })
  const entities: EntityRow[] = []
  const relations: RelationRow[] = []
  for (let at: string | undefined = end.id; at !== undefined;) {
    const visit: Visit | undefined = walk.reached.get(at)
    if (visit === undefined) break
    entities.unshift(visit.entity)
    if (visit.by !== undefined) relations.unshift(visit.by.relation)
    at = visit.from
  }
  return { ...answer(entities), relations, tlp: strictest(entities, relations) }
}

interface Visit {
  readonly entity: EntityRow
  readonly from?: string
  readonly by?: { readonly relation: RelationRow; readonly other: EntityRow }
}

/** Breadth first, through nothing that the asker may not see; ends early where `end` is reached. */
async function walkFrom(place: Place, start: EntityRow, hops: number, end?: string) {
  const reached = new Map<string, Visit>([[start.id, { entity: start }]])
  let edge: readonly EntityRow[] = [start]
  let cut = false
  for (let hop = 0; hop < hops && edge.length > 0 && (end === undefined || !reached.has(end)); hop += 1) {
    const next: EntityRow[] = []
    for (const entity of edge) {
      if (reached.size >= mostVisited) {
        cut = true
        break
      }
      const relations = await relationsOf(place.db, place.organisation, entity.id, { limit: mostRelations })
      if (relations.length === mostRelations) cut = true
      for (const by of await across(place, entity, relations)) {
        if (reached.has(by.other.id)) continue
        reached.set(by.other.id, { entity: by.other, from: entity.id, by })
        next.push(by.other)
      }
    }
    edge = next
  }
  return { reached, cut }
}

/** What the relations lead to from `here`, as far as both may be seen. */
async function across(
  { db, organisation, ceilings }: Place,
  here: EntityRow,
  relations: readonly RelationRow[],
) {
  const otherOf = (relation: RelationRow) =>
    relation.from_id === here.id ? relation.to_id : relation.from_id
  const others = await entitiesById(db, organisation, [...new Set(relations.map(otherOf))])
  return relations.flatMap((relation) => {
    const other = others.get(otherOf(relation))
    if (other === undefined || !isWithin(ceilings, { tlp: relation.tlp })) return []
    return isWithin(ceilings, { tlp: other.tlp, licence: other.source_licence }) ? [{ relation, other }] : []
  })
}

async function named({ db, organisation, ceilings }: Place, key: string): Promise<readonly EntityRow[]> {
  const rows = [...(await findByKeys(db, organisation, [key])).values()]
  return rows.filter((row) => isWithin(ceilings, { tlp: row.tlp, licence: row.source_licence }))
}

function counted(
  { type, count, limit }: { readonly type?: string; readonly count: boolean; readonly limit: number },
  found: readonly { readonly relation: RelationRow; readonly other: EntityRow }[],
  start: EntityRow,
): Answered {
  const wanted = found.filter(
    ({ other }) => (type === undefined || other.type === type) && other.id !== start.id,
  )
  const distinct = [...new Map(wanted.map(({ other }) => [other.id, other])).values()].toSorted((a, b) =>
    a.key < b.key ? -1 : 1,
  )
  const tlp = strictest(
    [start, ...distinct],
    wanted.map(({ relation }) => relation),
  )
  const cut = distinct.length > limit
  if (count) return { entities: [], relations: [], count: distinct.length, tlp, cut }
  return { entities: distinct.slice(0, limit), relations: [], tlp, cut }
}

function answer(entities: readonly EntityRow[], { cut = false } = {}): Answered {
  return { entities, relations: [], tlp: strictest(entities, []), cut }
}

function strictest(entities: readonly EntityRow[], relations: readonly RelationRow[]): string {
  return [...entities, ...relations].map(({ tlp }) => tlp).reduce(stricterTlp, 'CLEAR')
}
