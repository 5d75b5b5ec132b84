import { graphqlScalars } from '@switchboard/api'
import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql'
import type { ValueNode } from 'graphql'

const prototypeKeys = new Set(['__proto__', 'constructor', 'prototype'])
const rfc3339 =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})$/

/** Milliseconds inside, RFC 3339 outside. */
export const dateTime = new GraphQLScalarType<number, string>({
  name: 'DateTime',
  description: graphqlScalars.DateTime,
  serialize: (value) => new Date(value as number).toISOString(),
  parseValue: instantOf,
  parseLiteral: (node) => instantOf(node.kind === Kind.STRING ? node.value : undefined),
})

export const safeInt = new GraphQLScalarType<number, number>({
  name: 'SafeInt',
  description: graphqlScalars.SafeInt,
  serialize: integerOf,
  parseValue: integerOf,
  parseLiteral: (node) => integerOf(node.kind === Kind.INT ? Number(node.value) : undefined),
})

export const json = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: graphqlScalars.JSON,
  serialize: (value) => value,
  // Variables came through the strict reader of the request's body.
  parseValue: (value) => value,
  parseLiteral(node, variables) {
    refusePrototypeKeys(node)
    return valueFromASTUntyped(node, variables)
  },
})

function instantOf(value: unknown): number {
  const at = typeof value === 'string' && rfc3339.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at)) throw new GraphQLError('A DateTime is written as in 2026-01-31T12:00:00Z.')
  return at
}

function integerOf(value: unknown): number {
  if (!Number.isSafeInteger(value))
    throw new GraphQLError('A SafeInt is a whole number between -2^53 and 2^53.')
  return value as number
}

function refusePrototypeKeys(node: ValueNode): void {
  if (node.kind === Kind.LIST) node.values.forEach(refusePrototypeKeys)
  if (node.kind !== Kind.OBJECT) return
  for (const field of node.fields) {
    if (prototypeKeys.has(field.name.value))
      throw new GraphQLError(`${field.name.value} is a name that is not allowed.`)
    refusePrototypeKeys(field.value)
  }
}
