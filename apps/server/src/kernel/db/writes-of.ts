import { RawNode, TableNode } from 'kysely'
import type { OperationNode, RootOperationNode } from 'kysely'

/** The tables that a query writes to, read from its syntax tree, SQL in text included; none for a query that only reads. */
export function writesOf(node: RootOperationNode): readonly string[] {
  switch (node.kind) {
    case 'InsertQueryNode':
      return node.into === undefined ? [] : nameOf(node.into)
    case 'UpdateQueryNode':
      return node.table === undefined ? [] : nameOf(node.table)
    case 'DeleteQueryNode':
      return node.from.froms.flatMap(nameOf)
    case 'RawNode':
      return tablesInText(node)
    default:
      return []
  }
}

function nameOf(node: OperationNode): readonly string[] {
  return TableNode.is(node) ? [node.table.identifier.name] : []
}

const writesIn =
  /^\s*(?:insert\s+(?:or\s+\w+\s+)?into|replace\s+into|update|delete\s+from|truncate(?:\s+table)?)\s+(?:"?(\w+)"?)?/i

function tablesInText(node: RawNode): readonly string[] {
  const match = writesIn.exec(node.sqlFragments[0] ?? '')
  if (match === null) return []
  // The name is in the text, or it is the first thing put into it.
  return match[1] === undefined ? node.parameters.slice(0, 1).flatMap(nameInside) : [match[1]]
}

function nameInside(node: OperationNode): readonly string[] {
  return RawNode.is(node) ? node.parameters.flatMap(nameInside) : nameOf(node)
}
