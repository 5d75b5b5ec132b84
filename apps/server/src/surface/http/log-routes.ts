import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SurfaceDeps } from '../ports.ts'
import { sendNotFound } from './answer.ts'

const forEver = 'public, max-age=31536000, immutable'
/** What a longer log replaces: fresh enough for those who follow it, and cheap to ask for by many. */
const forNow = 'public, max-age=5'

interface LogParams {
  readonly hex8: string
  readonly class: string
  readonly '*': string
}

/**
 * The public half of the logs, in the paths of C2SP tlog-tiles below each log's address: checkpoint and hash tiles, never
 * entries. The log of a store from before there was one for each organisation keeps its place at the root.
 */
export function addLogRoutes(app: FastifyInstance, { tiles }: Pick<SurfaceDeps, 'tiles'>): void {
  app.get<{ Params: LogParams }>('/logs/:hex8/:class/checkpoint', (request, reply) =>
    checkpoint(request, reply, addressOf(request.params)),
  )
  app.get<{ Params: LogParams }>('/logs/:hex8/:class/tile/*', (request, reply) =>
    tile(request, reply, addressOf(request.params), request.params['*']),
  )
  app.get('/checkpoint', (request, reply) => checkpoint(request, reply, ''))
  app.get<{ Params: { '*': string } }>('/tile/*', (request, reply) =>
    tile(request, reply, '', request.params['*']),
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
}

const addressOf = (params: LogParams): string => `logs/${params.hex8}/${params.class}`
