import { isRefused, printable } from './write-dot.ts'
import type { ProvenanceGraph, ProvenanceNode } from './provenance-graph.ts'

const brackets = {
  entity: ['([', '])'],
  activity: ['[', ']'],
  agent: ['[/', '\\]'],
} as const satisfies Readonly<Record<ProvenanceNode['kind'], readonly [string, string]>>

/** The graph as a Mermaid flowchart; a refused call has a dashed border. Receipts are in the other forms. */
export function writeMermaid(graph: ProvenanceGraph): string {
  const names = new Map(graph.nodes.map((node, at) => [node.id, `n${at + 1}`]))
  const refused = graph.nodes.filter(isRefused).map((node) => names.get(node.id))
  return [
    'flowchart BT',
    ...graph.nodes.map((node) => {
      const [open, close] = brackets[node.kind]
      return `  ${names.get(node.id)}${open}${quoted(node.label)}${close}`
    }),
    ...graph.edges.map(({ type, from, to }) => `  ${names.get(from)} -->|${type}| ${names.get(to)}`),
    ...(refused.length === 0
      ? []
      : ['  classDef refused stroke-dasharray: 4 4', `  class ${refused.join(',')} refused`]),
    '',
  ].join('\n')
}

/** Mermaid reads mark-up and its own entities in labels, so everything but letters, digits and plain signs is written as a number. */
function quoted(text: string): string {
  const safe = printable(text).replaceAll(
    /[^\p{L}\p{N} ._:,@/+-]/gu,
    (character) => `#${character.codePointAt(0)};`,
  )
  return `"${safe}"`
}
