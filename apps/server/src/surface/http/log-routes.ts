import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SurfaceDeps } from '../ports.ts'
import { sendNotFound, sendPerformed } from './answer.ts'
import { callerOf } from './credential.ts'

const forEver = 'public, max-age=31536000, immutable'
/** What a longer log replaces: fresh enough for those who follow it, and cheap to ask for by many. */
const forNow = 'public, max-age=5'

interface LogParams {
  readonly hex8: string
  readonly class: string
  readonly '*': string
}
type RootParams = Pick<LogParams, '*'>

/**
 * The logs in the paths of C2SP tlog-tiles, below each log's address: checkpoint and hash tiles for anybody, entries for
 * those whom the gate lets read them. The log of a store from before there was one for each organisation keeps its place
 * at the root.
 */
export function addLogRoutes(app: FastifyInstance, deps: SurfaceDeps): void {
  const { tiles } = deps
  app.get('/logs/rotations', async (_request, reply) =>
    reply.header('cache-control', 'no-cache').send({ rotations: await tiles.rotations() }),
  )
  app.get<{ Params: LogParams }>('/logs/:hex8/:class/checkpoint', (request, reply) =>
    checkpoint(request, reply, `logs/${nameOf(request.params)}`),
  )
  app.get<{ Params: LogParams }>('/logs/:hex8/:class/tile/*', (request, reply) =>
    tile(request, reply, `logs/${nameOf(request.params)}`, request.params['*']),
  )
  app.get<{ Params: LogParams }>('/logs/:hex8/:class/tile/entries/*', (request, reply) =>
    entries(request, reply, nameOf(request.params), request.params['*']),
  )
  app.get('/checkpoint', (request, reply) => checkpoint(request, reply, ''))
  app.get<{ Params: RootParams }>('/tile/*', (request, reply) =>
    tile(request, reply, '', request.params['*']),
  )
  app.get<{ Params: RootParams }>('/tile/entries/*', (request, reply) =>
    entries(request, reply, '', request.params['*']),
  )

  async function checkpoint(request: FastifyRequest, reply: FastifyReply, log: string) {
    const note = await tiles.checkpoint(log)
    if (note === undefined) return sendNotFound(request, reply)
    return reply.header('cache-control', 'no-cache').type('text/plain; charset=utf-8').send(note)
  }

  async function tile(request: FastifyRequest, reply: FastifyReply, log: string, path: string) {
    const bytes = await tiles.tile(log, `tile/${path}`)
    if (bytes === undefined) return sendNotFound(request, reply)
    return reply
      .header('cache-control', path.includes('.p/') ? forNow : forEver)
      .type('application/octet-stream')
      .send(Buffer.from(bytes))
  }

  async function entries(request: FastifyRequest, reply: FastifyReply, log: string, path: string) {
    const performed = await deps.gate.perform({
      operation: 'log.entries',
      input: { log, tile: `tile/entries/${path}` },
      caller: callerOf(request.headers),
      traceId: request.trace.traceId,
    })
    if (!performed.outcome.ok) return sendPerformed(reply, performed, deps)
    // The operation's own output, which the gate's answer forgets.
    const { entries: bundle } = performed.outcome.value as { entries: string }
    // Entries may be pruned, and whoever may read them may lose that.
    return reply
      .header('cache-control', 'private, no-store')
      .type('application/octet-stream')
      .send(Buffer.from(bundle, 'base64'))
  }
}

const nameOf = (params: LogParams): string => `${params.hex8}/${params.class}`
