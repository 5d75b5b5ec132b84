import type { TestContext } from 'node:test'
import { outsideWorld } from '../../support/outside-world.ts'

export const hosts = { declared: 'api.outside.example', undeclared: 'other.outside.example' } as const

/** A host that lets its answers be kept, numbers them, and says in each whose secret came with the question. */
export interface Outside {
  readonly port: number
  readonly serverOptions: {
    readonly resolve: (host: string) => Promise<readonly string[]>
    readonly config: { readonly netCa: string; readonly netOpen: string; readonly netCacheSeconds: number }
  }
  /** Whose each secret is, by its value. */
  readonly owners: Map<string, string>
  answered(): number
}

const aDay = 86_400

export async function serveOutside(t: TestContext): Promise<Outside> {
  const world = outsideWorld(t)
  const owners = new Map<string, string>()
  let answered = 0
  const names = Object.values(hosts)
  const port = await world.serve(names, (request, response) => {
    answered += 1
    const secret = request.headers['authorization']?.replace(/^Bearer /, '')
    const owner = secret === undefined ? 'nobody' : (owners.get(secret) ?? 'somebody unknown')
    response.setHeader('cache-control', `max-age=${aDay}`).end(`answer ${answered} for ${owner}`)
  })
  return {
    port,
    serverOptions: {
      resolve: world.resolve,
      config: {
        netCa: world.caFile,
        netOpen: names.map((name) => `https://${name}:${port}`).join(','),
        netCacheSeconds: aDay,
      },
    },
    owners,
    answered: () => answered,
  }
}
