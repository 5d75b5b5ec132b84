import type { OperationByName, OutputOf } from '@switchboard/api'

export type Entity = OutputOf<OperationByName<'graph.entity'>>
export type Neighbour = OutputOf<OperationByName<'graph.neighbours'>>['rows'][number]

export interface Edge {
  /** Entity ids. */
  readonly from: string
  readonly to: string
  readonly relation: string
  readonly confidence: number
}
export interface KnownGraph {
  readonly nodes: readonly Entity[]
  readonly edges: readonly Edge[]
}
/** Of something that is shown at most in part: how many entities were left out. */
interface ShownGraph extends KnownGraph {
  readonly left: number
}
/** What an entity is related to in one way: `out` is a relation that starts at it. */
export interface RelationGroup {
  readonly relation: string
  readonly direction: 'out' | 'in'
  readonly others: readonly { readonly entity: Entity; readonly confidence: number }[]
}

/** Where an entity is from, as one line; what a person wrote has no version. */
export function sourceOf({ source: { name, version, licence } }: Entity): string {
  return `${name}${version === '-' ? '' : ` ${version}`}, ${licence}`
}

/** An entity and its neighbours as a graph. */
export function graphOfNeighbours(centre: Entity, rows: readonly Neighbour[]): KnownGraph {
  return {
    nodes: [centre, ...rows.map(({ entity }) => entity)],
    edges: rows.map(({ entity, relation, direction, confidence }) => ({
      from: direction === 'out' ? centre.id : entity.id,
      to: direction === 'out' ? entity.id : centre.id,
      relation,
      confidence,
    })),
  }
}

/** Several graphs as one: each entity and relation once, at most so many entities, those of the first graphs first. */
export function joinGraphs(graphs: readonly KnownGraph[], most: number): ShownGraph {
  const nodes = new Map<string, Entity>()
  const left = new Set<string>()
  for (const node of graphs.flatMap((graph) => graph.nodes)) {
    if (nodes.has(node.id)) continue
    if (nodes.size < most) nodes.set(node.id, node)
    else left.add(node.id)
  }
  const edges = new Map<string, Edge>()
  for (const edge of graphs.flatMap((graph) => graph.edges))
    if (nodes.has(edge.from) && nodes.has(edge.to))
      edges.set(JSON.stringify([edge.from, edge.to, edge.relation]), edge)
  return { nodes: [...nodes.values()], edges: [...edges.values()], left: left.size }
}

/** The relations of one entity, by relation and direction. */
export function relationsOf(id: string, { nodes, edges }: KnownGraph): readonly RelationGroup[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const groups = new Map<string, { relation: string; direction: 'out' | 'in'; others: Related[] }>()
  for (const { from, to, relation, confidence } of edges) {
    if (from !== id && to !== id) continue
    const direction = from === id ? 'out' : 'in'
    const entity = byId.get(direction === 'out' ? to : from)
    if (entity === undefined) continue
    const key = `${relation} ${direction}`
    const group = groups.get(key) ?? { relation, direction, others: [] }
    groups.set(key, group)
    group.others.push({ entity, confidence })
  }
  return [...groups.values()].toSorted((a, b) =>
    order(`${a.relation} ${a.direction}`, `${b.relation} ${b.direction}`),
  )
}
type Related = RelationGroup['others'][number]

/** Every relation, by what relates; and the entities that nothing relates to anything here. */
export function relationsIn({ nodes, edges }: KnownGraph) {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const groups = new Map<string, { from: Entity; to: Entity; confidence: number }[]>()
  const related = new Set<string>()
  for (const { from, to, relation, confidence } of edges) {
    const [start, end] = [byId.get(from), byId.get(to)]
    if (start === undefined || end === undefined) continue
    related.add(from).add(to)
    const group = groups.get(relation) ?? []
    groups.set(relation, group)
    group.push({ from: start, to: end, confidence })
  }
  return {
    groups: [...groups].toSorted(([a], [b]) => order(a, b)).map(([relation, rows]) => ({ relation, rows })),
    alone: nodes.filter(({ id }) => !related.has(id)),
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
