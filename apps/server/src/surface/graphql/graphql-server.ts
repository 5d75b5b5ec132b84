import { parse } from 'graphql'
import type { GraphQLError, ParseOptions } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import { faultProblem } from '../http/answer.ts'
import type { SurfaceDeps } from '../ports.ts'
import { createSchema } from './create-schema.ts'
import type { GraphqlContext } from './create-schema.ts'
import { graphqlErrorOf, graphqlErrorOfFault } from './denial-error.ts'
import { asksForSchema, isGraphqlError, limitQuery, queryLimits } from './query-limits.ts'

/** Yoga over the catalogue's schema, without anything that would be fetched from elsewhere. */
export function createGraphqlServer(deps: Pick<SurfaceDeps, 'gate' | 'log'>) {
  return createYoga<GraphqlContext>({
    schema: createSchema(deps),
    plugins: [limits(deps)],
    // GraphiQL fetches its scripts from elsewhere; /docs is drawn here.
    graphiql: false,
    landingPage: false,
    logging: false,
    cors: false,
    batching: false,
    maskedErrors: {
      maskError: (error) =>
        isGraphqlError(error) && !hasForeignCause(error)
          ? error
          : graphqlErrorOfFault(faultProblem(error, deps)),
    },
  })
}

function limits(deps: Pick<SurfaceDeps, 'gate'>): Plugin<GraphqlContext> {
  return {
    onParse: ({ setParseFn }) =>
      setParseFn((source: string, options: ParseOptions) =>
        parse(source, { ...options, maxLexicalTokens: queryLimits.tokens }),
      ),
    onValidate: ({ addValidationRule }) => addValidationRule(limitQuery),
    async onExecute({ args, setResultAndStopExecution }) {
      if (!asksForSchema(args.document)) return
      // The schema is for those who may use it: the question costs a valid session or token.
      const { caller, traceId } = args.contextValue
      const { outcome } = await deps.gate.perform({ operation: 'user.self', input: {}, caller, traceId })
      if (!outcome.ok) setResultAndStopExecution({ errors: [graphqlErrorOf(outcome.denial)] })
    },
  }
}

/** An error of ours that wraps something thrown by accident must not tell what it was. */
function hasForeignCause(error: GraphQLError): boolean {
  return error.originalError !== undefined && !isGraphqlError(error.originalError)
}
