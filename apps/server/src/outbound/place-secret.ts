import { deny, netDenials } from '@switchboard/api'
import type { Destination, InputOf, OperationByName } from '@switchboard/api'
import { headerRule } from './request-headers.ts'
import { Stopped } from './stopped.ts'

export type Auth = NonNullable<InputOf<OperationByName<'net.fetch'>>['auth']>

/** A secret as the broker reads it, and where an administrator lets it go. */
export interface UsableSecret {
  readonly name: string
  readonly value: string
  readonly hosts: readonly string[]
  /** Another one whenever it is set again. */
  readonly version: string
}

/**
 * Puts a secret into a request, if it may go there.
 *
 * @throws {Stopped} `net_secret_refused`, `net_header_refused`
 */
export function placeSecret(
  request: { readonly destination: Destination; readonly headers: Readonly<Record<string, string>> },
  auth: Auth,
  secret: UsableSecret,
): { readonly destination: Destination; readonly headers: Readonly<Record<string, string>> } {
  const { destination, headers } = request
  const refuse = (rule: string) =>
    new Stopped(
      deny(netDenials, 'net_secret_refused', { secret: secret.name, host: destination.host, rule }).denial,
    )
  if (!secret.hosts.includes(destination.host)) throw refuse('is bound to other hosts')
  if (destination.scheme !== 'https') throw refuse('is sent over https only')
  switch (auth.as) {
    case 'bearer':
      return { destination, headers: withHeader(headers, 'authorization', `Bearer ${secret.value}`) }
    case 'basic': {
      if (!/^[\u0020-\u0039\u003b-\u007e]*$/.test(auth.user))
        throw refuse('goes with a user name of visible ASCII without a colon')
      const pair = Buffer.from(`${auth.user}:${secret.value}`).toString('base64')
      return { destination, headers: withHeader(headers, 'authorization', `Basic ${pair}`) }
    }
    case 'header':
      return { destination, headers: withHeader(headers, auth.name.toLowerCase(), secret.value) }
    case 'query': {
      const url = new URL(destination.url)
      if (url.searchParams.has(auth.name))
        throw refuse('takes the place of a parameter that is there already')
      // Appended as text: setting a parameter would write the others anew, in another spelling.
      const added = new URLSearchParams([[auth.name, secret.value]]).toString()
      url.search = url.search === '' ? added : `${url.search}&${added}`
      return { destination: { ...destination, url }, headers }
    }
  }
}

function withHeader(headers: Readonly<Record<string, string>>, name: string, value: string) {
  const rule = name in headers ? 'is given twice: as a header and by auth' : headerRule(name, value)
  if (rule !== undefined)
    throw new Stopped(deny(netDenials, 'net_header_refused', { header: name.slice(0, 64), rule }).denial)
  return { ...headers, [name]: value }
}
