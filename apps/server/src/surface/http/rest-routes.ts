import { catalogue, deny, gateDenials } from '@switchboard/api'
import type { JsonSchema, OperationSpec } from '@switchboard/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { systemClock } from '../../kernel/clock.ts'
import type { Performed } from '../../kernel/handler.ts'
import type { SurfaceDeps } from '../ports.ts'
import { sendDenial, sendPerformed } from './answer.ts'
import { bodyLimitOf } from './body-limit.ts'
import { callerOf, sessionCookieHeader } from './credential.ts'
import { idempotencyKeyOf, refuseKey } from './idempotency-key.ts'
import { inputFromTexts } from './query-input.ts'

const prototypeKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** One route per REST binding of the catalogue. */
export function addRestRoutes(app: FastifyInstance, deps: SurfaceDeps): void {
  for (const spec of catalogue as readonly OperationSpec[]) {
    if (spec.rest === undefined) continue
    const { method, path } = spec.rest
    app.route({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      bodyLimit: bodyLimitOf(spec),
      handler: (request, reply) => performRoute(spec, request, reply, deps),
    })
  }
}

async function performRoute(
  spec: OperationSpec,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: SurfaceDeps,
) {
  const read = inputOf(spec, request)
  if (!read.ok)
    return sendDenial(
      reply,
      deny(gateDenials, 'input_invalid', { field: read.field, rule: read.rule }).denial,
    )
  const key = idempotencyKeyOf(request.headers)
  if (key === null) return sendDenial(reply, refuseKey())
  const performed = await deps.gate.perform({
    operation: spec.name,
    input: read.input,
    caller: callerOf(request.headers),
    traceId: request.trace.traceId,
    ...(key === undefined ? {} : { idempotencyKey: key }),
    // A read nobody waits for is stopped; an effect is finished, because its receipt says it happened.
    ...(spec.effect === 'read' ? { signal: abortedWith(reply) } : {}),
  })
  return sendPerformed(reply, performed, deps, sessionEffects(spec, request, reply, performed, deps))
}

type Read = { ok: true; input: Record<string, unknown> } | { ok: false; field: string; rule: string }

/** Path, then query or body. A field has one place only, so that nothing is said twice. */
function inputOf(spec: OperationSpec, request: FastifyRequest): Read {
  const params = request.params as Readonly<Record<string, string>>
  const query = request.query as Readonly<Record<string, unknown>>
  const schema = spec.input as JsonSchema
  const inAddress = spec.rest?.method === 'GET' || spec.rest?.method === 'DELETE'
  for (const name of Object.keys(query)) {
    if (prototypeKeys.has(name))
      return { ok: false, field: `/${name}`, rule: 'is a name that is not allowed' }
    if (!inAddress) return { ok: false, field: `/${name}`, rule: 'belongs into the body' }
    if (name in params) return { ok: false, field: `/${name}`, rule: 'is given in the path' }
  }
  const body: unknown = request.body === undefined ? {} : request.body
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { ok: false, field: '', rule: 'must be a JSON object' }
  if (inAddress && request.body !== undefined)
    return { ok: false, field: '', rule: 'is not read from a body here' }
  for (const name of Object.keys(params)) {
    if (name in body) return { ok: false, field: `/${name}`, rule: 'is given in the path' }
  }
  return { ok: true, input: { ...inputFromTexts(schema, { ...query, ...params }), ...body } }
}

function abortedWith(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  return controller.signal
}

/** Signing in and out is the one place where HTTP adds something of its own: the cookie. */
function sessionEffects(
  spec: OperationSpec,
  request: FastifyRequest,
  reply: FastifyReply,
  performed: Performed,
  deps: SurfaceDeps,
): unknown {
  const { outcome } = performed
  if (!outcome.ok) return undefined
  const secure = deps.config.scheme === 'https'
  if (spec.name === 'session.end') {
    void reply.header('set-cookie', sessionCookieHeader('', { secure, maxAgeSeconds: 0 }))
  }
  if (spec.name !== 'session.create') return undefined
  const value = outcome.value as { readonly session: string; readonly expiresAt: number }
  const maxAgeSeconds = Math.max(0, Math.floor((value.expiresAt - (deps.clock ?? systemClock)()) / 1000))
  void reply.header('set-cookie', sessionCookieHeader(value.session, { secure, maxAgeSeconds }))
  // A page gets the cookie, which its scripts cannot read; only a program is told the secret.
  const fromPage = request.headers['sec-fetch-mode'] !== undefined || request.headers.origin !== undefined
  return fromPage ? { ...value, session: '(in the cookie)' } : value
}
