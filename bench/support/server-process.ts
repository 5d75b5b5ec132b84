import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startChild } from './child.ts'
import { createCaller } from './http-caller.ts'
import type { Caller } from './http-caller.ts'

export interface ServerProcess {
  readonly url: string
  readonly token: string
  readonly readyMs: number
  /** A number that the server gives at /metrics. */
  metric(name: string): Promise<number>
  stop(): Promise<void>
}

/**
 * The product as `npm start` starts it, with every default but three: a folder and a port of its own, and no
 * demonstration, whose journey would be part of the first start.
 */
export async function startServer(folder: string): Promise<ServerProcess> {
  const child = await startChild(['apps/server/src/main.ts'], /^Ready at (\S+)/, {
    SWITCHBOARD_DATA: folder,
    SWITCHBOARD_PORT: '0',
    SWITCHBOARD_DEMO: 'false',
  })
  const url = child.found
  const { token } = JSON.parse(await readFile(join(folder, 'cli.json'), 'utf8')) as { token: string }
  const caller: Caller = createCaller(url, { connections: 1 })
  return {
    url,
    token,
    readyMs: child.readyMs,
    async metric(name) {
      const { text } = await caller.get('/metrics')
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
      if (line === undefined) throw new Error(`/metrics has no ${name}`)
      return Number(line.slice(name.length + 1))
    },
    async stop() {
      caller.close()
      await child.stop()
    },
  }
}
