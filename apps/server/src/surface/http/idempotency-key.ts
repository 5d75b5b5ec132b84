import type { IncomingHttpHeaders } from 'node:http'
import { deny, gateDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'

/** The caller's key; undefined without the header, null when the header cannot be a key. */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | null | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  return typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key) ? key : null
}

export function refuseKey(): Denial {
  return deny(gateDenials, 'input_invalid', {
    field: 'Idempotency-Key',
    rule: 'must be 1 to 200 printable characters',
  }).denial
}
