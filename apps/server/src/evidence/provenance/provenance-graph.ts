/** The relations of W3C PROV-DM that are drawn, each from the later to the earlier thing as PROV has it. */
export const relationTypes = [
  'used',
  'wasGeneratedBy',
  'wasAssociatedWith',
  'actedOnBehalfOf',
  'wasAttributedTo',
  'wasInformedBy',
  'wasDerivedFrom',
  'hadMember',
] as const
export type RelationType = (typeof relationTypes)[number]

export interface ProvenanceNode {
  readonly id: string
  readonly kind: 'activity' | 'agent' | 'entity'
  /** What it is here: run, call, person, plugin, package, table, host … */
  readonly type: string
  readonly label: string
  readonly attributes: Readonly<Record<string, string | number | readonly string[]>>
}

export interface ProvenanceEdge {
  readonly type: RelationType
  readonly from: string
  readonly to: string
  /** The receipt that proves it. */
  readonly receipt: string
}

export interface ProvenanceGraph {
  readonly run: string
  readonly nodes: readonly ProvenanceNode[]
  readonly edges: readonly ProvenanceEdge[]
}

/** Collects a graph: each node once, as it was first described, and each edge once with its first receipt. */
export function createGraphBuilder(run: string) {
  const nodes = new Map<string, ProvenanceNode>()
  const edges = new Map<string, ProvenanceEdge>()
  return {
    node(node: ProvenanceNode): string {
      if (!nodes.has(node.id)) nodes.set(node.id, node)
      return node.id
    },
    edge(type: RelationType, from: string, to: string, receipt: string): void {
      const key = `${type}\n${from}\n${to}`
      if (!edges.has(key)) edges.set(key, { type, from, to, receipt })
    },
    graph: (): ProvenanceGraph => ({ run, nodes: [...nodes.values()], edges: [...edges.values()] }),
  }
}
export type GraphBuilder = ReturnType<typeof createGraphBuilder>
