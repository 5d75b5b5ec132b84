/** What `api` offers inside the sandbox, and the operation behind each method. */
const methods = {
  'graph.search': { operation: 'graph.search', unwrap: 'rows' },
  'graph.entity': { operation: 'graph.entity' },
  'graph.neighbours': { operation: 'graph.neighbours', unwrap: 'rows' },
  'cases.read': { operation: 'case.read' },
  'cases.addEntities': { operation: 'case.add_entities' },
  'data.lookup': { operation: 'data.lookup' },
  'data.range': { operation: 'data.range' },
  nl2cypher: { operation: 'graph.ask' },
} as const satisfies Readonly<Record<string, { operation: string; unwrap?: 'rows' }>>

export const pluginMethods: readonly string[] = Object.keys(methods)

export function operationBehind(
  method: string,
): { readonly operation: string; readonly unwrap?: 'rows' } | undefined {
  return Object.hasOwn(methods, method) ? methods[method as keyof typeof methods] : undefined
}
