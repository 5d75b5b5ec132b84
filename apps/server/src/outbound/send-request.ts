import type { Socket } from 'node:net'
import { allow, deny, netDenials } from '@switchboard/api'
import type { Destination, Outcome } from '@switchboard/api'
import { Client } from 'undici'
import type { buildConnector, Dispatcher } from 'undici'
import type { OutboundLimits } from './limits.ts'
import type { Reach } from './reach.ts'
import { acceptedEncodings, readBody } from './read-body.ts'
import { reasonOf, Stopped, unreachable } from './stopped.ts'
import type { NetDenial } from './stopped.ts'

export interface OutboundRequest {
  readonly organisation: string
  readonly destination: Destination
  readonly method: Dispatcher.HttpMethod
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface OutboundAnswer {
  readonly status: number
  /** By lower-case name, lists joined by a comma; without those that speak of the connection. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/**
 * Sends one request and reads the whole answer, on a connection of its own that nobody else ever uses: no cookie, TLS
 * session or authentication of a connection can pass from one call, package or organisation to another.
 *
 * @throws what `signal` was aborted with; everything that hosts and networks do is a denial.
 */
export async function sendRequest(
  { reach, limits }: { readonly reach: Reach; readonly limits: OutboundLimits },
  request: OutboundRequest,
  outer: AbortSignal,
): Promise<Outcome<OutboundAnswer, NetDenial>> {
  const { destination } = request
  const { host } = destination
  const deadline = AbortSignal.timeout(limits.totalMs)
  const signal = AbortSignal.any([outer, deadline])
  const client = new Client(destination.url.origin, {
    connect: (_options, callback) =>
      void handOver(reach(destination, { organisation: request.organisation, signal }), callback),
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyIdleMs,
    maxHeaderSize: limits.headerBytes,
    pipelining: 0,
  })
  try {
    const answer = await client.request({
      path: `${destination.url.pathname}${destination.url.search}`,
      method: request.method,
      headers: { 'user-agent': 'Switchboard', ...request.headers, 'accept-encoding': acceptedEncodings },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal,
      reset: true,
    })
    const { bytes, unpacked } = await readBody(answer.body, {
      host,
      encoding: textOf(answer.headers['content-encoding']),
      limitBytes: limits.bodyBytes,
    })
    return allow({ status: answer.statusCode, headers: shownHeaders(answer.headers, unpacked), body: bytes })
  } catch (error) {
    if (error instanceof Stopped) return { ok: false, denial: error.denial }
    outer.throwIfAborted()
    if (deadline.aborted) return { ok: false, denial: unreachable(host, 'total_timeout').denial }
    if (error instanceof Error && 'code' in error && error.code === 'UND_ERR_HEADERS_OVERFLOW')
      return deny(netDenials, 'net_response_too_large', {
        host,
        what: 'headers',
        limitBytes: limits.headerBytes,
      })
    return { ok: false, denial: unreachable(host, reasonOf(error)).denial }
  } finally {
    // Not closed but destroyed: a host that goes on sending is not waited for.
    await client.destroy().catch(() => undefined)
  }
}

/** The library takes its connection by a callback. */
async function handOver(reached: Promise<Socket>, callback: buildConnector.Callback): Promise<void> {
  let socket: Socket
  try {
    socket = await reached
  } catch (error) {
    callback(
      error instanceof Error ? error : new Error('The connection was not made.', { cause: error }),
      null,
    )
    return
  }
  callback(null, socket)
}

const hidden = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'set-cookie2',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function shownHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  unpacked: boolean,
): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const text = textOf(value)
    if (text === undefined || hidden.has(name)) continue
    // They speak of the body as it came.
    if (unpacked && (name === 'content-encoding' || name === 'content-length')) continue
    shown[name] = text
  }
  return shown
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}
