import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Sandbox } from '../../../apps/server/src/sandbox/index.ts'
import { createTestServer } from '../../support/test-server.ts'

export interface Neighbour {
  /** Stops, and says how it went for those who did nothing wrong. Throws when one of them was not answered. */
  stop(): Promise<{
    runs: number
    worstRunMs: number
    reads: number
    worstReadMs: number
    worstStallMs: number
  }>
}

/**
 * The product itself in this process, on the sandbox under attack: one organisation runs its plugin through the gate, a
 * person of it reads the graph, both without a pause.
 */
export async function startNeighbour(t: TestContext, sandbox: Sandbox): Promise<Neighbour> {
  const server = await createTestServer(t, { sandbox })
  const plugin = await server.install(
    server.b,
    {
      name: 'neighbour',
      manifest: { capabilities: { graph: ['read'], network: false } },
      budgets: { ms: 60_000 },
      code: `return (await api.graph.search({ q: 'x' })).length`,
    },
    ['read:graph'],
  )
  let stopped = false
  const runs = { count: 0, worstMs: 0 }
  const reads = { count: 0, worstMs: 0 }
  const stalls = monitorEventLoopDelay({ resolution: 5 })
  stalls.enable()
  async function ask(
    counted: typeof runs,
    pauseMs: number,
    operation: string,
    input: unknown,
  ): Promise<void> {
    while (!stopped) {
      const began = performance.now()
      const { outcome } = await server.ask(server.b.analyst, operation, input)
      if (!outcome.ok) throw new Error(`the neighbour was refused: ${JSON.stringify(outcome.denial)}`)
      counted.count += 1
      counted.worstMs = Math.max(counted.worstMs, performance.now() - began)
      await delay(pauseMs)
    }
  }
  const going = Promise.all([
    ask(runs, 10, 'plugin.run', { id: plugin, input: {} }),
    ask(reads, 5, 'graph.search', { q: 'x' }),
  ])
  // Looked at in stop().
  going.catch(() => {})
  return {
    async stop() {
      stopped = true
      await going
      stalls.disable()
      return {
        runs: runs.count,
        worstRunMs: Math.round(runs.worstMs),
        reads: reads.count,
        worstReadMs: Math.round(reads.worstMs),
        worstStallMs: Math.round(stalls.max / 1e6),
      }
    },
  }
}
