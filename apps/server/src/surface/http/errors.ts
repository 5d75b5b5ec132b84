import { deny, gateDenials, surfaceDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import type { Socket } from 'node:net'
import { problemOf } from '@switchboard/api'

/** Body refused by our own parser; carried through the HTTP library as an error. */
export class BodyRefused extends Error {
  override readonly name = 'BodyRefused'
  readonly denial: Denial

  constructor(denial: Denial) {
    super(denial.message)
    this.denial = denial
  }
}

/** What the HTTP library refused by itself, in our words; undefined when it is a failure of ours. */
export function denialOfHttpError(
  error: unknown,
  limitBytes: number,
  contentType: string | undefined,
): Denial | undefined {
  if (error instanceof BodyRefused) return error.denial
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return deny(surfaceDenials, 'body_too_large', { limitBytes }).denial
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return deny(surfaceDenials, 'media_type_unsupported', {
        given: contentType?.slice(0, 100) ?? '(none)',
        wanted: 'application/json',
      }).denial
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return deny(gateDenials, 'input_invalid', {
        field: 'Content-Length',
        rule: 'must be the length of the body',
      }).denial
    default:
      return undefined
  }
}

/** Answers bytes that never became a request: not HTTP, too many headers, too slow. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, rule] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'has too many or too long headers']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'did not arrive in time']
        : ['400 Bad Request', 'is not well-formed HTTP']
  const problem = {
    ...problemOf(deny(gateDenials, 'input_invalid', { field: 'request', rule }).denial),
    status: Number.parseInt(status, 10),
  }
  const body = JSON.stringify(problem)
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
