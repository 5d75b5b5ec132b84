import type { Outcome } from '@switchboard/api'
import { createLogger } from '../../kernel/log.ts'
import type { Performed } from '../../kernel/handler.ts'
import type { OrganisationId } from '../../kernel/ids.ts'
import { createSurface } from '../create-surface.ts'
import { createMetrics } from '../metrics.ts'
import type { PerformPort, SurfaceConfig, SurfaceDeps } from '../ports.ts'

export type Asked = Parameters<PerformPort['perform']>[0]
export const someReceipt = `rct_${'0'.repeat(31)}1` as const

/** A gate that remembers what it was asked and answers what the test says. */
export function createFakeGate(
  answer: (asked: Asked) => Outcome<unknown> | Promise<Outcome<unknown>>,
  organisationOf?: (asked: Asked) => OrganisationId,
) {
  const asked: Asked[] = []
  return {
    asked,
    async perform(request: Asked): Promise<Performed> {
      asked.push(request)
      return {
        outcome: await answer(request),
        ...(organisationOf === undefined ? {} : { organisation: organisationOf(request) }),
        receiptId: someReceipt,
        costMicros: 1500n,
        wallMicros: 10,
        rows: 0,
      }
    },
  }
}

/** A surface on a free port over a fake gate; `await using` stops it. */
export async function startSurface(
  gate: PerformPort,
  options: { config?: Partial<SurfaceConfig>; deps?: Partial<SurfaceDeps> } = {},
) {
  const metrics = createMetrics()
  const surface = createSurface({
    gate,
    config: { port: 0, version: '0.0.0', shutdownSeconds: 1, ...options.config },
    log: createLogger('silent'),
    metrics,
    tiles: { checkpoint: async () => undefined, tile: async () => undefined, rotations: async () => [] },
    health: { ready: async () => ({ store: true }) },
    ...options.deps,
  })
  const baseUrl = await surface.listen()
  return { surface, metrics, baseUrl, [Symbol.asyncDispose]: () => surface.close() }
}

/** Sends `body` as JSON, or as it is when it is text. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
