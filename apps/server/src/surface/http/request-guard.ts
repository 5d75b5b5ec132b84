import { isIP } from 'node:net'
import { deny, surfaceDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

export interface GuardSettings {
  readonly loopback: boolean
  /** Names, besides loopback's own, that this server answers to. */
  readonly hosts: readonly string[]
  /** The scheme that browsers see: `https` behind a proxy that ends TLS. */
  readonly scheme: 'http' | 'https'
}

/** Headers that decide something here, so that a second copy could mean two things to two readers. */
const single = new Set([
  'host',
  'authorization',
  'cookie',
  'origin',
  'content-type',
  'content-length',
  'idempotency-key',
  'last-event-id',
])
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])
const longestAddress = 8192

/** What is refused before a request is looked at any further. */
export function guardRequest(request: IncomingMessage, settings: GuardSettings): Denial | undefined {
  const { headers } = request
  if ((request.url ?? '').length > longestAddress)
    return deny(surfaceDenials, 'address_too_long', { limitBytes: longestAddress }).denial
  if (!hostAllowed(headers.host, settings))
    return deny(surfaceDenials, 'host_refused', { host: (headers.host ?? '').slice(0, 200) }).denial
  const foreign = foreignOrigin(request.method ?? 'GET', headers, settings)
  if (foreign !== undefined)
    return deny(surfaceDenials, 'origin_refused', { origin: foreign.slice(0, 200) }).denial
  return undefined
}

/** The first header that came twice though it must be single. */
export function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (single.has(name) && seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}

/** A page of another name that resolves to this machine (DNS rebinding) sends its own name as Host. */
function hostAllowed(host: string | undefined, settings: GuardSettings): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[^:]+)(?::[0-9]{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase()
  if (name === undefined) return false
  if (name === 'localhost' || name === '127.0.0.1' || name === '[::1]' || settings.hosts.includes(name))
    return true
  // Reached by address: a page cannot be served under an address that is not this server's.
  if (!settings.loopback && (isIP(name) !== 0 || name.startsWith('['))) return true
  return !settings.loopback && settings.hosts.length === 0
}

/**
 * The foreign origin that a state-changing request comes from. With a cookie it must prove that it comes from our own
 * page; without one, an Origin that names another page is refused all the same (a sign-in forged from elsewhere).
 */
function foreignOrigin(
  method: string,
  headers: IncomingHttpHeaders,
  settings: GuardSettings,
): string | undefined {
  if (safeMethods.has(method)) return undefined
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (origin !== undefined)
    return origin === `${settings.scheme}://${headers.host ?? ''}` ? undefined : origin
  if (site !== undefined) return site === 'same-origin' ? undefined : String(site)
  return headers.cookie === undefined || headers.authorization !== undefined ? undefined : '(not told)'
}
