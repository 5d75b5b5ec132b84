import { deny, gateDenials } from '@switchboard/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { EventsPort, LogLine, SurfaceDeps } from '../ports.ts'
import { sendDenial, sendPerformed } from './answer.ts'
import { callerOf } from './credential.ts'
import { createOpenStreams } from './open-streams.ts'
import type { StreamShares } from './open-streams.ts'

export interface StreamLimits extends StreamShares {
  /** What may wait for one slow reader; past it the stream ends and the reader comes back where it stopped. */
  readonly waitingBytes: number
  readonly heartbeatMs: number
  /** How often a queued run is looked at. */
  readonly queuedMs: number
}

/**
 * 200 streams with a full buffer each are 50 MiB. A quarter for one organisation lets some 25 people follow two runs each,
 * and it takes four that do their worst to shut out a fifth.
 */
const ordinary: StreamLimits = {
  streams: 200,
  streamsOfOne: 50,
  waitingBytes: 256 * 1024,
  heartbeatMs: 15_000,
  queuedMs: 500,
}
/** A reader that takes nothing at all is cut after this. */
const flushMs = 10_000

interface Following extends SurfaceDeps {
  readonly events: EventsPort
}

/**
 * GET /runs/{id}/events: a run's log as server-sent events. Each line has its number as id, so that a reader that comes
 * back with Last-Event-ID misses nothing and reads nothing twice; `end` says that no more will come.
 */
export function addRunEvents(app: FastifyInstance, deps: Following, limits: StreamLimits = ordinary): void {
  const open = createOpenStreams(limits)
  // Streams would keep the server from ever stopping; their readers come back to the next one.
  app.addHook('preClose', async () => {
    open.closeAll()
  })
  app.get<{ Params: { id: string } }>(
    '/runs/:id/events',
    { exposeHeadRoute: false },
    async (request, reply) => {
      const after = lastEventOf(request)
      if (after === undefined) {
        return sendDenial(
          reply,
          deny(gateDenials, 'input_invalid', { field: 'Last-Event-ID', rule: 'must be the number of a line' })
            .denial,
        )
      }
      const { id } = request.params
      const look = () =>
        deps.gate.perform({
          operation: 'run.detail',
          input: { id },
          caller: callerOf(request.headers),
          traceId: request.trace.traceId,
        })
      const detail = await look()
      if (!detail.outcome.ok) return sendPerformed(reply, detail, deps)
      // After the answer and before anything is awaited: many that ask at once are counted one by one.
      const full = open.fullFor(detail.organisation ?? '')
      if (full !== undefined) {
        deps.metrics.denied(full.code)
        return sendDenial(reply, full)
      }
      reply.hijack()
      const stream = openStream(reply, limits)
      open.add(stream, detail.organisation ?? '')
      deps.metrics.streamsOpen(open.size())
      stream.gone.addEventListener('abort', () => deps.metrics.streamsOpen(open.size()))
      try {
        if (await started(detail.outcome.value, async () => (await look()).outcome, limits, stream.closed))
          follow(deps.events, id, after, stream)
      } catch (error) {
        deps.log.error({ err: error, run: id }, 'a live log was cut')
        stream.close()
      }
      return reply
    },
  )
}

/** True once the run is more than queued; false when the reader left, or may no longer look. */
async function started(
  first: unknown,
  look: () => Promise<{ ok: true; value: unknown } | { ok: false }>,
  limits: StreamLimits,
  closed: AbortSignal,
): Promise<boolean> {
  let detail = first
  while ((detail as { run?: { state?: string } }).run?.state === 'queued') {
    await new Promise((resolve) => setTimeout(resolve, limits.queuedMs))
    if (closed.aborted) return false
    const outcome = await look()
    if (!outcome.ok) return false
    detail = outcome.value
  }
  return !closed.aborted
}

type Stream = ReturnType<typeof openStream>

function follow(events: EventsPort, run: string, after: number, stream: Stream): void {
  const unsubscribe = events.subscribe(run, after, (event) => {
    if ('line' in event) stream.send(lineEvent(event.line))
    else stream.finish('event: end\ndata: {}\n\n')
  })
  if (stream.closed.aborted) unsubscribe()
  else stream.closed.addEventListener('abort', unsubscribe)
}

/** JSON has no line breaks of its own, so one line of data is enough. */
function lineEvent({ line, stream, text, at }: LogLine): string {
  return `id: ${line}\nevent: line\ndata: ${JSON.stringify({ line, stream, text, at })}\n\n`
}

function openStream(reply: FastifyReply, limits: StreamLimits) {
  const { raw } = reply
  const closing = new AbortController()
  const leaving = new AbortController()
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  })
  raw.write('retry: 1000\n\n')
  const heartbeat = setInterval(() => send(': still here\n\n'), limits.heartbeatMs)
  raw.on('close', () => {
    stop()
    leaving.abort()
  })

  function stop(): void {
    clearInterval(heartbeat)
    closing.abort()
  }

  function send(text: string): void {
    if (closing.signal.aborted) return
    raw.write(text)
    // What was written is still delivered; the rest waits where it is until the reader asks again.
    if (raw.writableLength > limits.waitingBytes) finish('')
  }

  function finish(text: string): void {
    if (closing.signal.aborted) return
    stop()
    raw.end(text)
    const cut = setTimeout(() => raw.destroy(), flushMs)
    raw.once('close', () => clearTimeout(cut))
  }

  return { send, finish, close: () => finish(''), closed: closing.signal, gone: leaving.signal }
}

function lastEventOf(request: FastifyRequest): number | undefined {
  const given = request.headers['last-event-id'] ?? '0'
  return typeof given === 'string' && /^[0-9]{1,10}$/.test(given) ? Number(given) : undefined
}
