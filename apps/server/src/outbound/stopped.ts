import { deny, netDenials } from '@switchboard/api'
import type { Denial, DenialParamsOf } from '@switchboard/api'

export type NetDenial = {
  [C in keyof typeof netDenials]: Denial<C, DenialParamsOf<(typeof netDenials)[C]>>
}[keyof typeof netDenials]

/** Carries a denial out through the HTTP library, which knows errors only; `sendRequest` turns it back into a value. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
  readonly denial: NetDenial
  constructor(denial: NetDenial) {
    super(denial.code)
    this.denial = denial
  }
}

type UnreachableReason = DenialParamsOf<(typeof netDenials)['net_unreachable']>['reason']

export function unreachable(host: string, reason: UnreachableReason): Stopped {
  return new Stopped(deny(netDenials, 'net_unreachable', { host, reason }).denial)
}

/** What an error of the network or of the HTTP library means, said without its text: that may hold an address. */
export function reasonOf(error: unknown): UnreachableReason {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = reasons[code]
  if (known !== undefined) return known
  if (
    /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/.test(
      code,
    )
  )
    return 'certificate'
  return 'broken'
}

const reasons: Readonly<Record<string, UnreachableReason>> = {
  ENOTFOUND: 'name_unknown',
  EAI_AGAIN: 'name_unknown',
  EAI_NODATA: 'name_unknown',
  EAI_NONAME: 'name_unknown',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  UND_ERR_HEADERS_TIMEOUT: 'headers_timeout',
  UND_ERR_BODY_TIMEOUT: 'body_timeout',
}
