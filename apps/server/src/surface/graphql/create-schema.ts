import { graphqlArguments, graphqlOperations, graphqlSdl } from '@switchboard/api'
import type { GraphqlOperation } from '@switchboard/api'
import { Kind } from 'graphql'
import type { GraphQLResolveInfo } from 'graphql'
import { createSchema as createExecutableSchema } from 'graphql-yoga'
import type { Performed } from '../../kernel/handler.ts'
import { faultProblem } from '../http/answer.ts'
import type { SurfaceCaller, SurfaceDeps } from '../ports.ts'
import { graphqlErrorOf, graphqlErrorOfFault } from './denial-error.ts'
import { dateTime, json, safeInt } from './scalars.ts'

/** What one request brings along, and what its root fields leave behind. */
export interface GraphqlContext {
  readonly caller: SurfaceCaller
  readonly traceId: string
  readonly idempotencyKey?: string
  readonly performed: { readonly field: string; readonly performed: Performed }[]
}

type Resolver = (
  parent: unknown,
  given: Readonly<Record<string, unknown>>,
  context: GraphqlContext,
  info: GraphQLResolveInfo,
) => Promise<unknown>

/** The catalogue's schema, each root field performing its operation through the gate. */
export function createSchema(deps: Pick<SurfaceDeps, 'gate' | 'log'>) {
  const resolversOf = (kind: 'query' | 'mutation') =>
    Object.fromEntries(
      graphqlOperations
        .filter((spec) => spec.graphql.kind === kind)
        .map((spec) => [spec.graphql.field, resolverOf(spec, deps)]),
    )
  return createExecutableSchema<GraphqlContext>({
    typeDefs: graphqlSdl(),
    resolvers: {
      Query: resolversOf('query'),
      Mutation: resolversOf('mutation'),
      DateTime: dateTime,
      SafeInt: safeInt,
      JSON: json,
    },
  })
}

function resolverOf(spec: GraphqlOperation, deps: Pick<SurfaceDeps, 'gate' | 'log'>): Resolver {
  const fields = graphqlArguments(spec)
  return async (_parent, given, context, info) => {
    // GraphQL says null where an optional argument is left out.
    const input = Object.fromEntries(
      fields.flatMap(({ argument, field }) =>
        given[argument] === undefined || given[argument] === null ? [] : [[field.name, given[argument]]],
      ),
    )
    const key = spec.graphql.kind === 'mutation' ? keyOf(context.idempotencyKey, info) : undefined
    let performed: Performed
    try {
      performed = await deps.gate.perform({
        operation: spec.name,
        input,
        caller: context.caller,
        traceId: context.traceId,
        ...(key === undefined ? {} : { idempotencyKey: key }),
      })
    } catch (error) {
      throw graphqlErrorOfFault(faultProblem(error, deps))
    }
    context.performed.push({ field: String(info.path.key), performed })
    const { outcome } = performed
    if (!outcome.ok) throw graphqlErrorOf(outcome.denial, performed.receiptId)
    return spec.graphql.scalar === undefined
      ? outcome.value
      : (outcome.value as Readonly<Record<string, unknown>>)[spec.graphql.scalar]
  }
}

/** One key per operation: a request with several mutations extends the caller's key by each field's name. */
function keyOf(key: string | undefined, info: GraphQLResolveInfo): string | undefined {
  const { selections } = info.operation.selectionSet
  const alone = selections.length === 1 && selections[0]?.kind === Kind.FIELD
  return key === undefined || alone ? key : `${key}:${String(info.path.key)}`
}
