import type { ProvenanceGraph, ProvenanceNode } from './provenance-graph.ts'

/** As PROV is drawn: entities are ellipses, activities boxes, agents houses. */
const shapes = { entity: 'ellipse', activity: 'box', agent: 'house' } as const

/** The graph for Graphviz. Each edge names its receipt; a refused call is drawn dashed. */
export function writeDot(graph: ProvenanceGraph): string {
  const names = new Map(graph.nodes.map((node, at) => [node.id, `n${at + 1}`]))
  return [
    'digraph provenance {',
    '  rankdir=BT',
    ...graph.nodes.map(
      (node) =>
        `  ${names.get(node.id)} [shape=${shapes[node.kind]}${styleOf(node)}, label=${quoted(node.label)}, tooltip=${quoted(node.id)}]`,
    ),
    ...graph.edges.map(
      ({ type, from, to, receipt }) =>
        `  ${names.get(from)} -> ${names.get(to)} [label=${quoted(type)}, tooltip=${quoted(receipt)}]`,
    ),
    '}',
    '',
  ].join('\n')
}

export function isRefused({ attributes: { decision } }: ProvenanceNode): boolean {
  return decision !== undefined && decision !== 'allowed'
}

const styleOf = (node: ProvenanceNode): string => (isRefused(node) ? ', style=dashed' : '')

/** A label is text that people and plugins gave: nothing of it ends the string, and an escape of Graphviz's stays two characters. */
function quoted(text: string): string {
  return `"${printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Without what would move a cursor or turn a line around. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd')
}
