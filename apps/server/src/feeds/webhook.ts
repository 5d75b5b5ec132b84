import { createHmac } from 'node:crypto'
import type { Destination } from '@switchboard/api'
import type { Clock } from '../kernel/clock.ts'
import type { ReceiverReach } from '../outbound/index.ts'
import { retryAfterMs } from './back-off.ts'
import type { FeedRecord } from './feed-record.ts'

/** What is sent together, whatever the kind of feed. */
export interface Delivery {
  /** The same each time that the same is sent. */
  readonly id: string
  readonly feed: string
  readonly organisation: string
  readonly log: string
  readonly records: readonly FeedRecord[]
  readonly destination: Destination
  readonly ca?: string
  /** Signs what a webhook is sent. */
  readonly secret?: string
}

export type Delivered =
  | { readonly ok: true; readonly answer: string }
  | { readonly ok: false; readonly reason: string; readonly retryMs: number }

/** How a kind of feed delivers; resolves once the receiver has accepted everything, or with the reason why it has not. */
export type Deliver = (delivery: Delivery, signal: AbortSignal) => Promise<Delivered>

/** POST of newline-delimited JSON. Any 2xx accepts all of it; everything else, redirects too, leaves it to be sent again. */
export function webhook({ reach, clock }: { reach: ReceiverReach; clock: Clock }): Deliver {
  return async (delivery, signal) => {
    const body = delivery.records.map((record) => `${record.json}\n`).join('')
    const { organisation, ca, destination, secret = '' } = delivery
    const sent = await reach.request(
      {
        destination,
        method: 'POST',
        headers: {
          'content-type': 'application/x-ndjson',
          'switchboard-feed': delivery.feed,
          'switchboard-batch': delivery.id,
          'idempotency-key': delivery.id,
          'switchboard-signature': signatureOf(secret, Math.floor(clock() / 1000), delivery.id, body),
        },
        body,
      },
      { organisation, ...(ca === undefined ? {} : { ca }) },
      signal,
    )
    if (!sent.ok) return { ok: false, reason: sent.reason, retryMs: 0 }
    const { status, retryAfter } = sent.value
    if (status >= 200 && status < 300) return { ok: true, answer: `answered ${status}` }
    return {
      ok: false,
      reason: `The receiver answered ${status}.`,
      retryMs: retryAfterMs(retryAfter, clock()),
    }
  }
}

/** Over time, batch and body, so that none of them can be taken from one request into another. */
export function signatureOf(secret: string, seconds: number, batch: string, body: string): string {
  const mac = createHmac('sha256', secret).update(`${seconds}.${batch}.${body}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}
