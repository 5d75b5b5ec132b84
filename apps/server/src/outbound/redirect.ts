import { deny, netDenials, readDestination } from '@switchboard/api'
import type { Destination, InputOf, OperationByName } from '@switchboard/api'
import { holdsSecret } from './mask-secrets.ts'
import { originOf } from './open-destinations.ts'
import type { UsableSecret } from './place-secret.ts'
import type { OutboundAnswer } from './send-request.ts'
import { Stopped } from './stopped.ts'

export type FetchInput = InputOf<OperationByName<'net.fetch'>>

const statuses = new Set([301, 302, 303, 307, 308])

/**
 * The request that a redirect asks for; undefined when the answer is none. It passes the gate like any other, so the
 * host where it leads must have been granted too. To another origin goes no secret, no body and none of the plugin's headers.
 *
 * @throws {Stopped} `net_redirect_refused`
 */
export function redirectOf(
  input: FetchInput,
  destination: Destination,
  answer: Pick<OutboundAnswer, 'status' | 'headers'>,
  secrets: readonly UsableSecret[],
): FetchInput | undefined {
  const location = answer.headers['location']
  if (!statuses.has(answer.status) || location === undefined) return undefined
  const refuse = (rule: string) =>
    new Stopped(deny(netDenials, 'net_redirect_refused', { host: destination.host, rule }).denial)
  const url = URL.parse(location, destination.url)
  const next = url === null ? undefined : readDestination(url.href)
  if (next === undefined || 'rule' in next) throw refuse('leads to no address that can be asked')
  const stays = originOf(next) === originOf(destination)
  // Repeated by the host; the broker adds it again where it belongs.
  if (stays && input.auth?.as === 'query') next.url.searchParams.delete(input.auth.name)
  if (holdsSecret(next.url.href, secrets)) throw refuse('carries a secret in its address')
  const { body, headers, auth, method = 'GET' } = input
  const becomesGet =
    (answer.status === 303 && method !== 'HEAD') ||
    ((answer.status === 301 || answer.status === 302) && method === 'POST')
  const keepsBody = body !== undefined && !becomesGet
  if (keepsBody && !stays) throw refuse('would carry the body to another host')
  return {
    url: next.url.href,
    method: becomesGet ? 'GET' : method,
    redirects: (input.redirects ?? 0) - 1,
    ...(stays && headers !== undefined ? { headers: becomesGet ? withoutBody(headers) : headers } : {}),
    ...(keepsBody ? { body } : {}),
    ...(stays && auth !== undefined ? { auth } : {}),
  }
}

function withoutBody(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.toLowerCase().startsWith('content-')),
  )
}
