import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { openBareIsolate } from './bare-isolate.ts'

// The floor under a run: the same round trips with no gate, no policy, no store, no receipt and no other process.
// Started by ./reference-process.ts, because isolated-vm needs a flag of Node.

const app = fastify()
const warm = await openBareIsolate()
const json = 'application/json; charset=utf-8'

app.post('/bare', async (request, reply) =>
  reply.type(json).send(JSON.stringify({ ok: true, echo: request.body })),
)
app.post<{ Body: { q: string } }>('/isolate', async (request, reply) =>
  reply.type(json).send(await warm.run(request.body)),
)
app.post<{ Body: { q: string } }>('/fresh-isolate', async (request, reply) => {
  const fresh = await openBareIsolate()
  try {
    return await reply.type(json).send(await fresh.run(request.body))
  } finally {
    fresh.dispose()
  }
})
await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`Ready at http://127.0.0.1:${(app.server.address() as AddressInfo).port}\n`)
process.on('SIGTERM', () => {
  warm.dispose()
  app.server.closeAllConnections()
  void app.close()
})
