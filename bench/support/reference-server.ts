import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import ivm from 'isolated-vm'

// The floor under a run: the same round trips with no gate, no policy, no store, no receipt and no other process.
// Started by ./reference-process.ts, because isolated-vm needs a flag of Node.

const code = `async function run(args) {
  const found = JSON.parse(await call.apply(undefined, [JSON.stringify({ q: args.q, limit: 10 })], { result: { promise: true } }))
  return JSON.stringify({ ok: true, results: found })
}`
const entities = JSON.stringify(
  Array.from({ length: 10 }, (_, i) => ({ id: `ent_${i}`, type: 'organisation', name: `Acme ${i}` })),
)

interface Bare {
  run(args: { q: string }): Promise<string>
  dispose(): void
}

/** An isolate that makes one call to its host and answers: isolated-vm with nothing around it. */
async function bareIsolate(): Promise<Bare> {
  const isolate = new ivm.Isolate({ memoryLimit: 64 })
  const context = await isolate.createContext()
  await context.global.set('call', new ivm.Reference(async () => entities))
  await (await isolate.compileScript(code)).run(context)
  const run = await context.global.get('run', { reference: true })
  return {
    run: async (args) =>
      (await run.apply(undefined, [args], {
        arguments: { copy: true },
        result: { promise: true },
      })) as string,
    dispose: () => isolate.dispose(),
  }
}

const app = fastify()
const warm = await bareIsolate()
const json = 'application/json; charset=utf-8'

app.post('/bare', async (request, reply) =>
  reply.type(json).send(JSON.stringify({ ok: true, echo: request.body })),
)
app.post<{ Body: { q: string } }>('/isolate', async (request, reply) =>
  reply.type(json).send(await warm.run(request.body)),
)
app.post<{ Body: { q: string } }>('/fresh-isolate', async (request, reply) => {
  const fresh = await bareIsolate()
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
