import type { FastifyInstance } from 'fastify'
import type { SurfaceDeps } from '../ports.ts'
import { sendNotFound } from './answer.ts'

/** Alive, ready, and the numbers. */
export function addHealthRoutes(app: FastifyInstance, deps: SurfaceDeps, draining: () => boolean): void {
  app.get('/healthz', (_request, reply) => reply.type('application/json').send('{"alive":true}'))
  app.get('/readyz', async (_request, reply) => {
    const checks = { ...(await deps.health.ready()), accepting: !draining() }
    const ready = Object.values(checks).every(Boolean)
    return reply
      .status(ready ? 200 : 503)
      .type('application/json')
      .send(JSON.stringify({ ready, checks, ...deps.health.facts?.() }))
  })
  app.get('/metrics', async (request, reply) => {
    // Labels name plugins and organisations, so other machines are told only when the operator says so.
    if (deps.config.metricsAnywhere !== true && !isLoopback(request.socket.remoteAddress))
      return sendNotFound(request, reply)
    return reply.type(deps.metrics.contentType).send(await deps.metrics.text())
  })
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address)
}
