import type { IncomingHttpHeaders } from 'node:http'
import type { SurfaceCaller } from '../ports.ts'

export const sessionCookie = 'switchboard_session'
const longestSecret = 512

/** Who asks, as far as the headers say; whether it is true is for the gate. A token outranks a cookie. */
export function callerOf(headers: IncomingHttpHeaders): SurfaceCaller {
  const { authorization } = headers
  if (authorization !== undefined) {
    const match = /^bearer ([\x21-\x7e]+)$/i.exec(authorization)
    // Another scheme is a wrong credential, not none: falling back to a cookie would hide the mistake.
    return { kind: 'token', secret: match?.[1]?.slice(0, longestSecret) ?? '' }
  }
  const session = cookieOf(headers.cookie, sessionCookie)
  return session === undefined
    ? { kind: 'none' }
    : { kind: 'session', secret: session.slice(0, longestSecret) }
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=')
    if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return undefined
}

/** The header that hands a browser its session: out of reach of scripts and of other sites. */
export function sessionCookieHeader(
  secret: string,
  options: { secure: boolean; maxAgeSeconds: number },
): string {
  return `${sessionCookie}=${secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${options.maxAgeSeconds}${options.secure ? '; Secure' : ''}`
}
