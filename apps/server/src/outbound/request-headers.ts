import { deny, netDenials } from '@switchboard/api'
import { Stopped } from './stopped.ts'

/** Framing, routing and the connection are the broker's; a cookie would make two runs one conversation. */
const refused = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'cookie2',
  'date',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
])
const refusedPrefixes = ['proxy-', 'sec-', 'x-forwarded-', 'x-real-ip', 'x-http-method', 'x-method-override']

/**
 * A plugin's headers by lower-case name.
 *
 * @throws {Stopped} `net_header_refused`
 */
export function readRequestHeaders(given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = { accept: '*/*' }
  const seen = new Set<string>()
  for (const [written, value] of Object.entries(given)) {
    const name = written.toLowerCase()
    const rule = headerRule(name, value) ?? (seen.has(name) ? 'is there twice' : undefined)
    if (rule !== undefined)
      throw new Stopped(deny(netDenials, 'net_header_refused', { header: name.slice(0, 64), rule }).denial)
    seen.add(name)
    headers[name] = value
  }
  return headers
}

/** The rule that a header breaks; undefined when it may be sent. */
export function headerRule(name: string, value: string): string | undefined {
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(name)) return 'has a name that is none'
  if (refused.has(name) || refusedPrefixes.some((prefix) => name.startsWith(prefix)))
    return 'is for the broker to set'
  // What could end the line would begin a header, or a request, of its own.
  return /^[\t\u0020-\u007e]*$/.test(value) ? undefined : 'holds something other than visible ASCII'
}
