import { readDestination } from '@switchboard/api'
import type { Destination } from '@switchboard/api'
import { Fault } from '../kernel/fault.ts'

/** What the operator opened besides https on port 443 at public addresses. */
export interface OpenDestinations {
  has(destination: Pick<Destination, 'scheme' | 'host' | 'port'>): boolean
}

/**
 * Reads SWITCHBOARD_NET_OPEN: `https://misp.corp.example:8443,http://cortex.corp.example:9001`. Each entry opens exactly
 * this scheme, host and port, and lets private and loopback addresses stand behind it.
 *
 * @throws {Fault} `config_invalid`, naming the entry: the server must not start on half a list.
 */
export function readOpenDestinations(setting: string): OpenDestinations {
  const open = new Set<string>()
  for (const entry of setting
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')) {
    const destination = readDestination(entry)
    const rule = 'rule' in destination ? destination.rule : ruleOf(destination)
    if (rule !== undefined)
      throw new Fault('config_invalid', `Configuration: netOpen names "${entry}", which ${rule}.`, {
        retryable: false,
      })
    if (!('rule' in destination)) open.add(originOf(destination))
  }
  return { has: (destination) => open.has(originOf(destination)) }
}

/** `https://host:port`, the port always there. */
export function originOf({ scheme, host, port }: Pick<Destination, 'scheme' | 'host' | 'port'>): string {
  return `${scheme}://${host}:${port}`
}

function ruleOf({ url }: Destination): string | undefined {
  return url.pathname === '/' && url.search === '' ? undefined : 'has a path or a query'
}
