import { once } from 'node:events'
import type { Socket } from 'node:net'
import { hostname as systemHostname } from 'node:os'
import type { ReceiverReach } from '../outbound/index.ts'
import { framed, syslogMessage } from './syslog-message.ts'
import type { Deliver } from './webhook.ts'

/** From the last byte until the receiver has closed its side. */
const closeMs = 10_000
/** Of one batch, connecting apart. */
const sendMs = 20_000

/**
 * Syslog over TLS (RFC 5425) knows no acknowledgement, so a batch is a connection: everything is sent, our side is closed, and
 * what counts as accepted is that the receiver read to that end and closed in turn. A receiver that goes away before it, or
 * closes first, has accepted nothing.
 */
export function syslog({
  reach,
  hostname = systemHostname(),
}: {
  reach: ReceiverReach
  hostname?: string
}): Deliver {
  return async ({ organisation, ca, destination, records, log }, outer) => {
    const connected = await reach.connect(
      destination,
      { organisation, ...(ca === undefined ? {} : { ca }) },
      outer,
    )
    if (!connected.ok) return { ok: false, reason: connected.reason, retryMs: 0 }
    const socket = connected.value
    const signal = AbortSignal.any([outer, AbortSignal.timeout(sendMs)])
    const stop = (): void => void socket.destroy(new Error('it took too long'))
    signal.addEventListener('abort', stop, { once: true })
    try {
      const messages = records.map((record) => framed(syslogMessage(record, { hostname, log })))
      await sendAndClose(socket, messages)
      return { ok: true, answer: `took ${records.length} messages` }
    } catch (error) {
      outer.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      return { ok: false, reason: `The receiver did not take all messages: ${why}.`, retryMs: 0 }
    } finally {
      signal.removeEventListener('abort', stop)
      socket.destroy()
    }
  }
}

/** @throws when the other side ends or fails before it had everything. */
async function sendAndClose(socket: Socket, messages: readonly string[]): Promise<void> {
  const ended = Promise.withResolvers<void>()
  let isSent = false
  socket.on('end', () => {
    if (isSent) ended.resolve()
    else ended.reject(new Error('it closed the connection'))
  })
  socket.on('error', (error) => ended.reject(error))
  socket.on('close', () => ended.reject(new Error('the connection was lost')))
  // A receiver has nothing to say; what it says is not kept.
  socket.resume()
  // Whoever waits below hears it too.
  ended.promise.catch(() => undefined)
  for (const message of messages) {
    if (!socket.write(message)) await Promise.race([once(socket, 'drain'), ended.promise])
  }
  await Promise.race([new Promise<void>((resolve) => socket.end(resolve)), ended.promise])
  isSent = true
  const late = setTimeout(() => ended.reject(new Error('it did not close the connection')), closeMs)
  try {
    await ended.promise
  } finally {
    clearTimeout(late)
  }
}
