import type { FastifyInstance } from 'fastify'
import type { SurfaceDeps } from '../ports.ts'
import { sendNotFound } from './answer.ts'

const forEver = 'public, max-age=31536000, immutable'

/** The public half of the evidence log, in the paths of C2SP tlog-tiles: checkpoint and hash tiles, never entries. */
export function addLogRoutes(app: FastifyInstance, { tiles }: Pick<SurfaceDeps, 'tiles'>): void {
  app.get('/checkpoint', async (request, reply) => {
    const checkpoint = await tiles.checkpoint()
    if (checkpoint === undefined) return sendNotFound(request, reply)
    return reply.header('cache-control', 'no-cache').type('text/plain; charset=utf-8').send(checkpoint)
  })
  app.get<{ Params: { '*': string } }>('/tile/*', async (request, reply) => {
    const bytes = await tiles.tile(`tile/${request.params['*']}`)
    if (bytes === undefined) return sendNotFound(request, reply)
    // A tile of a given width never changes, so anybody may keep it.
    return reply.header('cache-control', forEver).type('application/octet-stream').send(Buffer.from(bytes))
  })
}
