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
    const place = tileOf(request.params['*'])
    const bytes = place && (await tiles.tile(place.level, place.index, place.width))
    if (bytes === undefined) return sendNotFound(request, reply)
    // A tile of a given width never changes, so anybody may keep it.
    return reply.header('cache-control', forEver).type('application/octet-stream').send(Buffer.from(bytes))
  })
}

/** `<level>/<index>[.p/<width>]`, the index in groups of three digits, all but the last marked with x. */
export function tileOf(path: string): { level: number; index: number; width: number } | undefined {
  const match = /^(0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(path)
  if (match === null) return undefined
  const [, level = '', digits = '', partial] = match
  const width = partial === undefined ? 256 : Number(partial)
  // The first of several groups is never zero: each tile has one name.
  if (
    Number(level) > 63 ||
    width > 256 ||
    (partial !== undefined && width === 256) ||
    digits.startsWith('x000')
  )
    return undefined
  const index = Number(digits.replaceAll(/[x/]/g, ''))
  return Number.isSafeInteger(index) ? { level: Number(level), index, width } : undefined
}
