import type { Config } from '../kernel/config.ts'
import type { Registration } from '../kernel/handler.ts'
import type { Purger } from '../marketplace/index.ts'
import { createAnswerCache } from './answer-cache.ts'
import { fetchForPlugin } from './fetch.ts'
import type { FetchDeps } from './fetch.ts'
import { createLanes } from './lanes.ts'
import { outboundLimits } from './limits.ts'
import type { OutboundLimits } from './limits.ts'
import { readOpenDestinations } from './open-destinations.ts'
import { createPauses } from './pauses.ts'
import { createReach, systemResolve } from './reach.ts'
import type { Resolve } from './reach.ts'
import { readCa, readProxy } from './way-out.ts'

export interface OutboundDeps extends Pick<FetchDeps, 'clock' | 'secretsOf'> {
  readonly config: Pick<Config, 'netOpen' | 'netProxy' | 'netProxyResolves' | 'netCa' | 'netCacheSeconds'>
  readonly resolve?: Resolve | undefined
  readonly limits?: Partial<OutboundLimits> | undefined
}

export interface Outbound {
  readonly registrations: readonly Registration[]
  readonly purger: Purger
  /** Forgets what an organisation's plugins were told; answers how many answers that were. */
  forget(organisation: string): number
}

/** @throws {Fault} `config_invalid` when a setting of the way out cannot be read: nothing is sent on half of one. */
export function createOutbound(deps: OutboundDeps): Outbound {
  const { config, clock } = deps
  const limits = { ...outboundLimits, ...deps.limits }
  const open = readOpenDestinations(config.netOpen)
  const proxy = readProxy(config.netProxy, config.netProxyResolves)
  const ca = readCa(config.netCa)
  const cache = createAnswerCache({
    clock,
    longestMs: config.netCacheSeconds * 1000,
    bytesPerPackage: limits.cacheBytes,
    bytesInAll: limits.cacheBytesInAll,
  })
  const pauses = createPauses({ clock, longestMs: limits.pauseMs })
  const reach = createReach({
    resolve: deps.resolve ?? systemResolve,
    open,
    limits,
    ...(proxy === undefined ? {} : { proxy }),
    ...(ca === undefined ? {} : { ca }),
  })
  const lanes = createLanes({ atOnce: limits.concurrentPerHost, waiting: limits.waitingPerHost })
  return {
    registrations: [
      fetchForPlugin({ reach, open, limits, cache, pauses, lanes, clock, secretsOf: deps.secretsOf }),
    ],
    purger: {
      what: 'answers of hosts',
      files: (organisation, name) => Promise.resolve(cache.forget(organisation, name)),
    },
    forget(organisation) {
      pauses.forget(organisation)
      return cache.forget(organisation)
    },
  }
}
