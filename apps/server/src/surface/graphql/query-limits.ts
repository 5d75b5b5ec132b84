import { deny, surfaceDenials } from '@switchboard/api'
import { GraphQLError, Kind } from 'graphql'
import type {
  ASTVisitor,
  DocumentNode,
  FragmentDefinitionNode,
  SelectionSetNode,
  ValidationContext,
} from 'graphql'
import { graphqlErrorOf } from './denial-error.ts'

export const queryLimits = {
  /** Levels of fields; the deepest useful question of the catalogue needs five. */
  depth: 10,
  /** Fields after fragments are spread, aliases counted each. */
  fields: 500,
  /** Root fields: each is an operation of its own, so aliases multiply the cost here. */
  operations: 20,
  /** Tokens that are parsed at all. */
  tokens: 2_000,
} as const

type Measure = 'depth' | 'fields' | 'operations'

/** A validation rule that refuses a request larger than {@link queryLimits}, fragments and aliases counted as spread. */
export function limitQuery(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const exceeded = measure(document)
      if (exceeded === undefined) return
      const { measure: name, used } = exceeded
      context.reportError(
        graphqlErrorOf(
          deny(surfaceDenials, 'query_too_large', { measure: name, used, allowed: queryLimits[name] }).denial,
        ),
      )
    },
  }
}

function measure(document: DocumentNode): { measure: Measure; used: number } | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  let fields = 0
  let operations = 0

  /** Stops at the first limit passed: a bomb of nested fragments must not be counted to its end. */
  function walk(
    set: SelectionSetNode,
    depth: number,
    inside: ReadonlySet<string>,
  ): { measure: Measure; used: number } | undefined {
    for (const selection of set.selections) {
      const exceeded = step(selection, depth, inside)
      if (exceeded !== undefined) return exceeded
    }
    return undefined
  }

  function step(
    selection: SelectionSetNode['selections'][number],
    depth: number,
    inside: ReadonlySet<string>,
  ) {
    if (selection.kind === Kind.INLINE_FRAGMENT) return walk(selection.selectionSet, depth, inside)
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      // Empty fragments spread each other without a field in between, so spreads count as well.
      fields += 1
      if (fields > queryLimits.fields) return { measure: 'fields', used: fields } as const
      const { value: name } = selection.name
      const fragment = fragments.get(name)
      // A cycle is another rule's to refuse.
      return fragment === undefined || inside.has(name)
        ? undefined
        : walk(fragment.selectionSet, depth, new Set([...inside, name]))
    }
    fields += 1
    if (depth === 1) operations += 1
    if (depth > queryLimits.depth) return { measure: 'depth', used: depth } as const
    if (fields > queryLimits.fields) return { measure: 'fields', used: fields } as const
    if (operations > queryLimits.operations) return { measure: 'operations', used: operations } as const
    return selection.selectionSet === undefined ? undefined : walk(selection.selectionSet, depth + 1, inside)
  }

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const exceeded = walk(definition.selectionSet, 1, new Set())
    if (exceeded !== undefined) return exceeded
  }
  return undefined
}

/** Whether the document asks for the schema itself. */
export function asksForSchema(document: DocumentNode): boolean {
  const within = (set: SelectionSetNode): boolean =>
    set.selections.some((selection) => {
      if (selection.kind === Kind.FIELD)
        return selection.name.value === '__schema' || selection.name.value === '__type'
      return selection.kind === Kind.INLINE_FRAGMENT && within(selection.selectionSet)
    })
  // Only root fields can ask, so the first level of operations and fragments is enough.
  return document.definitions.some(
    (definition) =>
      (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) &&
      within(definition.selectionSet),
  )
}

export function isGraphqlError(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError
}
