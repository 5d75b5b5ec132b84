import type { Socket } from 'node:net'
import type { Destination } from '@switchboard/api'
import type { Config } from '../kernel/config.ts'
import { createLanes } from './lanes.ts'
import { outboundLimits } from './limits.ts'
import type { OutboundLimits } from './limits.ts'
import type { OpenDestinations } from './open-destinations.ts'
import { createReach, systemResolve } from './reach.ts'
import type { Reach, Resolve } from './reach.ts'
import { sendRequest } from './send-request.ts'
import type { OutboundRequest } from './send-request.ts'
import { Stopped } from './stopped.ts'
import { readCa, readProxy } from './way-out.ts'

export interface ReceiverReachDeps {
  readonly config: Pick<Config, 'netProxy' | 'netProxyResolves' | 'netCa'>
  /** What the operator opened for receivers. */
  readonly open: OpenDestinations
  readonly resolve?: Resolve | undefined
  readonly limits?: Partial<OutboundLimits> | undefined
}

/** Of a receiver, besides its address. */
export interface ReceiverTrust {
  readonly organisation: string
  /** PEM; the only CAs that its certificate may come from. */
  readonly ca?: string
}

/** An answer, or why there is none, in a sentence. */
export type Reached<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string }

const mostTrusts = 200

/**
 * The server's own way to receivers that an organisation named and the operator opened: what is checked of names, addresses and
 * certificates is what is checked for plugins. Nothing of a plugin's grants, secrets or turns is touched.
 */
export function createReceiverReach(deps: ReceiverReachDeps) {
  const limits: OutboundLimits = {
    ...outboundLimits,
    totalMs: 15_000,
    bodyBytes: 65_536,
    ...deps.limits,
  }
  const proxy = readProxy(deps.config.netProxy, deps.config.netProxyResolves)
  const ca = readCa(deps.config.netCa)
  const shared = {
    resolve: deps.resolve ?? systemResolve,
    open: deps.open,
    limits,
    // One for all CAs: whoever has many must not look up many names at once.
    turns: createLanes({ atOnce: 1, waiting: limits.waitingLookups }),
    ...(proxy === undefined ? {} : { proxy }),
  }
  const publicly = createReach({ ...shared, ...(ca === undefined ? {} : { ca }) })
  const byCa = new Map<string, Reach>()

  function reachOf({ ca: own }: ReceiverTrust): Reach {
    if (own === undefined) return publicly
    let reach = byCa.get(own)
    if (reach === undefined) {
      if (byCa.size >= mostTrusts) byCa.clear()
      reach = createReach({ ...shared, onlyCa: own })
      byCa.set(own, reach)
    }
    return reach
  }

  return {
    /** Sends one request and reads its answer. @throws what `signal` was aborted with */
    async request(
      request: Omit<OutboundRequest, 'organisation'>,
      trust: ReceiverTrust,
      signal: AbortSignal,
    ): Promise<Reached<{ readonly status: number; readonly retryAfter: string | undefined }>> {
      const { organisation } = trust
      const sent = await sendRequest({ reach: reachOf(trust), limits }, { ...request, organisation }, signal)
      if (!sent.ok) return { ok: false, reason: sent.denial.message }
      const { status, headers } = sent.value
      return { ok: true, value: { status, retryAfter: headers['retry-after'] } }
    },
    /** A connection over TLS whose other end proved its name. @throws what `signal` was aborted with */
    async connect(
      destination: Destination,
      trust: ReceiverTrust,
      signal: AbortSignal,
    ): Promise<Reached<Socket>> {
      try {
        const { organisation } = trust
        return { ok: true, value: await reachOf(trust)(destination, { organisation, signal }) }
      } catch (error) {
        if (error instanceof Stopped) return { ok: false, reason: error.denial.message }
        throw error
      }
    },
  }
}
export type ReceiverReach = ReturnType<typeof createReceiverReach>
