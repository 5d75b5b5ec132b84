import type { RequestListener } from 'node:http'
import type { TestContext } from 'node:test'
import { outsideWorld } from './outside-world.ts'
import { createTestServer } from './test-server.ts'
import type { People, TestServer, TestServerOptions } from './test-server.ts'

export const api = 'api.outside.example'
export const other = 'other.outside.example'
export const value = 'sk-live-0123456789abcdef'

/** A plugin that does with `api.net.fetch` what its input says, and answers what it was given or refused. */
export const probe = `
  const told = []
  for (const request of args.requests) {
    try {
      told.push(await api.net.fetch(request))
    } catch (error) {
      told.push({ code: error.code, params: error.params, change: error.change, message: error.message })
    }
  }
  console.log(JSON.stringify(told))
  return { told }
`
export const manifest = {
  capabilities: { network: false, net: [api, other], secrets: ['api-key'] },
}
export const everything = [`net:${api}`, `net:${other}`, 'secret:api-key']

export type Told = Readonly<Record<string, unknown>> & {
  readonly code?: string
  readonly params: Readonly<Record<string, unknown>>
  readonly change: string
  readonly body: string
  readonly status?: number
}

/** A server, and an outside that answers for both hosts with `answer`. */
export async function world(t: TestContext, answer: RequestListener, options: TestServerOptions = {}) {
  const outside = outsideWorld(t)
  const port = await outside.serve([api, other], answer)
  const s = await createTestServer(t, {
    resolve: outside.resolve,
    ...options,
    config: {
      netCa: outside.caFile,
      netOpen: [api, other].map((name) => `https://${name}:${port}`).join(','),
      ...options.config,
    },
  })
  return { s, outside, port, at: `https://${api}:${port}`, there: `https://${other}:${port}` }
}

/** Runs the probe with these requests, and says what it was told. */
export async function ask(
  s: TestServer,
  who: People,
  id: string,
  requests: readonly object[],
  more: object = {},
) {
  const { result, runId } = await s.value(who.analyst, 'plugin.run', { id, input: { requests }, ...more })
  return { told: (result as { told: Told[] }).told, runId }
}
