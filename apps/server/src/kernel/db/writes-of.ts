import { TableNode } from 'kysely'
import type { OperationNode, RootOperationNode } from 'kysely'

/** The tables that a compiled query writes to, read from its syntax tree; none for a query that only reads. */
export function writesOf(node: RootOperationNode): readonly string[] {
  switch (node.kind) {
    case 'InsertQueryNode':
      return node.into === undefined ? [] : nameOf(node.into)
    case 'UpdateQueryNode':
      return node.table === undefined ? [] : nameOf(node.table)
    case 'DeleteQueryNode':
      return node.from.froms.flatMap(nameOf)
    default:
      return []
  }
}

function nameOf(node: OperationNode): readonly string[] {
  return TableNode.is(node) ? [node.table.identifier.name] : []
}
