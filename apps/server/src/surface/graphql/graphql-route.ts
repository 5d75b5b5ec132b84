import { deny, gateDenials, surfaceDenials } from '@switchboard/api'
import type { FastifyInstance } from 'fastify'
import { parse } from 'graphql'
import type { GraphQLError, ParseOptions } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import { faultProblem, sendDenial, writeReceipt } from '../http/answer.ts'
import { callerOf } from '../http/credential.ts'
import { idempotencyKeyOf, refuseKey } from '../http/idempotency-key.ts'
import type { SurfaceDeps } from '../ports.ts'
import { createSchema } from './create-schema.ts'
import type { GraphqlContext } from './create-schema.ts'
import { graphqlErrorOf, graphqlErrorOfFault } from './denial-error.ts'
import { asksForSchema, isGraphqlError, limitQuery, queryLimits } from './query-limits.ts'

/** POST /graphql. The body has passed the strict JSON reader; GraphQL itself is read and run by Yoga. */
export function addGraphqlRoute(app: FastifyInstance, deps: SurfaceDeps): void {
  const yoga = createYoga<GraphqlContext>({
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
  app.post('/graphql', async (request, reply) => {
    const key = idempotencyKeyOf(request.headers)
    if (key === null) return sendDenial(reply, refuseKey())
    const { body } = request
    if (body === null || typeof body !== 'object' || Array.isArray(body)) {
      return sendDenial(
        reply,
        deny(gateDenials, 'input_invalid', { field: '', rule: 'must be a JSON object with a query' }).denial,
      )
    }
    const context: GraphqlContext = {
      caller: callerOf(request.headers),
      traceId: request.trace.traceId,
      performed: [],
      ...(key === undefined ? {} : { idempotencyKey: key }),
    }
    const response = await yoga.fetch(
      'http://surface/graphql',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: request.headers.accept ?? 'application/json' },
        body: JSON.stringify(body),
      },
      context,
    )
    const [only] = context.performed
    if (only !== undefined && context.performed.length === 1) writeReceipt(reply, only.performed, deps)
    const text = await response.text()
    return reply
      .status(response.status)
      .type(response.headers.get('content-type') ?? 'application/json')
      .send(text.includes('"errors":') ? withCodes(text) : text)
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

/** Errors of GraphQL itself (syntax, unknown fields) get a code like all others. */
function withCodes(text: string): string {
  const result = JSON.parse(text) as { errors?: { message: string; extensions?: Record<string, unknown> }[] }
  for (const error of result.errors ?? []) {
    const code = error.extensions?.['code']
    if (code !== undefined && !yogaCodes.has(String(code))) continue
    const { denial } = deny(surfaceDenials, 'query_invalid', { rule: error.message })
    error.extensions = {
      ...error.extensions,
      code: denial.code,
      category: denial.category,
      params: denial.params,
      change: denial.change,
    }
  }
  return JSON.stringify(result)
}

const yogaCodes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
])
