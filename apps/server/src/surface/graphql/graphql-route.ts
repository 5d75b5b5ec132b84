import { deny, gateDenials, surfaceDenials } from '@switchboard/api'
import type { FastifyInstance } from 'fastify'
import { sendDenial, writeReceipt } from '../http/answer.ts'
import { callerOf } from '../http/credential.ts'
import { idempotencyKeyOf, refuseKey } from '../http/idempotency-key.ts'
import type { SurfaceDeps } from '../ports.ts'
import type { GraphqlContext } from './create-schema.ts'
import type { createGraphqlServer } from './graphql-server.ts'

/** POST /graphql. The body has passed the strict JSON reader; GraphQL itself is read and run by Yoga. */
export function addGraphqlRoute(app: FastifyInstance, deps: SurfaceDeps): void {
  // Loaded by the first who asks: it is a fifth of a second of every start otherwise.
  let loading: Promise<ReturnType<typeof createGraphqlServer>> | undefined
  const load = () =>
    (loading ??= import('./graphql-server.ts').then((module) => module.createGraphqlServer(deps)))

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
    const response = await (
      await load()
    ).fetch(
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

/** Errors of GraphQL itself (syntax, unknown fields) get a code like all others. */
function withCodes(text: string): string {
  const result = JSON.parse(text) as { errors?: { message: string; extensions?: Record<string, unknown> }[] }
  for (const error of result.errors ?? []) {
    const code = error.extensions?.['code']
    if (typeof code === 'string' && !yogaCodes.has(code)) continue
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
