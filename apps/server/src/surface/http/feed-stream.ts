import { setTimeout as delay } from 'node:timers/promises'
import { deny, findOperation, gateDenials } from '@switchboard/api'
import type { Denial, JsonSchema } from '@switchboard/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Performed } from '../../kernel/handler.ts'
import type { SurfaceDeps } from '../ports.ts'
import { sendDenial, sendPerformed } from './answer.ts'
import { callerOf } from './credential.ts'
import { createOpenStreams } from './open-streams.ts'
import type { OpenStream, StreamShares } from './open-streams.ts'
import { inputFromTexts } from './query-input.ts'

export interface FeedStreamLimits extends StreamShares {
  /** How often somebody who has everything is looked for something new. */
  readonly lookMs: number
  readonly heartbeatMs: number
  /** A reader that takes nothing for so long is cut; it comes back after its cursor. */
  readonly patienceMs: number
}

const ordinary: FeedStreamLimits = {
  streams: 40,
  streamsOfOne: 8,
  lookMs: 1_000,
  heartbeatMs: 15_000,
  patienceMs: 60_000,
}
/** Records that are in memory at once, for one stream. */
const pageRecords = 200

interface Page {
  readonly records: readonly Readonly<Record<string, unknown>>[]
  readonly cursor: string
  readonly more: boolean
}

/**
 * GET /evidence/feed: records as lines, after a cursor, until there are no more or, with `follow`, for ever. Each page passes the gate,
 * and none is asked for before the reader has taken the one before.
 */
export function addFeedStream(
  app: FastifyInstance,
  deps: SurfaceDeps,
  limits: FeedStreamLimits = ordinary,
): void {
  const open = createOpenStreams(limits)
  app.addHook('preClose', async () => {
    open.closeAll()
  })
  app.get('/evidence/feed', { exposeHeadRoute: false }, async (request, reply) => {
    const asked = readQuery(request)
    if ('denial' in asked) return sendDenial(reply, asked.denial)
    const ask = (after: string | undefined, limit: number): Promise<Performed> =>
      deps.gate.perform({
        operation: 'feed.read',
        input: { ...asked.input, limit, ...(after === undefined ? {} : { after }) },
        caller: callerOf(request.headers),
        traceId: request.trace.traceId,
      })
    const first = await ask(asked.after, Math.min(asked.most, pageRecords))
    if (!first.outcome.ok) return sendPerformed(reply, first, deps)
    // After the answer and before anything is awaited: many that ask at once are counted one by one.
    const organisation = first.organisation ?? ''
    const full = open.fullFor(organisation)
    if (full !== undefined) {
      deps.metrics.denied(full.code)
      return sendDenial(reply, full)
    }
    reply.hijack()
    const stream = openStream(reply, limits)
    open.add(stream, organisation)
    try {
      await send(stream, first, ask, { ...asked, limits })
    } catch (error) {
      // Its reader went away; whatever else it was must not be mistaken for the end.
      if (!stream.closed.aborted) deps.log.error({ err: error }, 'a feed was cut')
      stream.cut()
    }
    return reply
  })
}

interface Asked {
  readonly input: Readonly<Record<string, unknown>>
  readonly after: string | undefined
  readonly follow: boolean
  /** Records until the answer ends. */
  readonly most: number
}

async function send(
  stream: ReturnType<typeof openStream>,
  first: Performed,
  ask: (after: string | undefined, limit: number) => Promise<Performed>,
  { follow, most, limits }: Asked & { limits: FeedStreamLimits },
): Promise<void> {
  let left = most
  let performed = first
  let saidAt = performance.now()
  while (!stream.closed.aborted) {
    const { outcome } = performed
    if (!outcome.ok) return stream.finish(line({ kind: 'end', v: 1, code: outcome.denial.code }))
    // What the operation answers.
    const page = outcome.value as Page
    if (page.records.length > 0) {
      await stream.send(page.records.map(line).join(''))
      saidAt = performance.now()
      left -= page.records.length
    }
    if (left <= 0 || (!follow && !page.more)) return stream.finish('')
    if (!page.more) {
      if (performance.now() - saidAt >= limits.heartbeatMs) {
        await stream.send(line({ kind: 'heartbeat', v: 1, cursor: page.cursor }))
        saidAt = performance.now()
      }
      await delay(limits.lookMs, undefined, { signal: stream.closed })
    }
    performed = await ask(page.cursor, Math.min(left, pageRecords))
  }
}

const line = (value: Readonly<Record<string, unknown>>): string => `${JSON.stringify(value)}\n`

function openStream(reply: FastifyReply, { patienceMs }: FeedStreamLimits) {
  const { raw } = reply
  const closing = new AbortController()
  const leaving = new AbortController()
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'application/x-ndjson',
    'x-accel-buffering': 'no',
  })
  raw.flushHeaders()
  raw.on('close', () => {
    closing.abort()
    leaving.abort()
  })
  function finish(text: string): void {
    if (closing.signal.aborted) return
    closing.abort()
    raw.end(text)
    const late = setTimeout(() => raw.destroy(), patienceMs)
    raw.once('close', () => clearTimeout(late))
  }
  return {
    /** Resolves once the reader has taken it. @throws when it takes nothing for too long, or is gone. */
    send(text: string): Promise<void> {
      return new Promise((resolve, reject) => {
        if (closing.signal.aborted) return resolve()
        const late = setTimeout(() => raw.destroy(new Error('the reader takes nothing')), patienceMs)
        raw.write(text, (error) => {
          clearTimeout(late)
          if (error === null || error === undefined) resolve()
          else reject(error)
        })
      })
    },
    finish,
    cut: () => void raw.destroy(),
    close: () => finish(''),
    closed: closing.signal,
    gone: leaving.signal,
  } satisfies OpenStream & Record<string, unknown>
}

function readQuery(request: FastifyRequest): Asked | { readonly denial: Denial } {
  const { follow = 'false', ...texts } = request.query as Readonly<Record<string, unknown>>
  const wrong = (field: string, rule: string) => deny(gateDenials, 'input_invalid', { field, rule })
  if (follow !== 'true' && follow !== 'false') return wrong('follow', 'must be true or false')
  const {
    limit = Infinity,
    after,
    ...input
  } = inputFromTexts(findOperation('feed.read')?.input as JsonSchema, texts)
  if (typeof limit !== 'number' || limit < 1) return wrong('limit', 'must be a whole number from 1')
  if (after !== undefined && typeof after !== 'string') return wrong('after', 'must be said once')
  return { input, after, follow: follow === 'true', most: limit }
}
