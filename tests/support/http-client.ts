import type { RunningServer } from './running-server.ts'
import { ownerToken } from './running-server.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  // What a test expects of a body, it asserts.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any
}
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<HttpAnswer>

/** Real HTTP with the owner's token, or as `headers` say. */
export async function clientOf(
  server: RunningServer,
  headers?: Readonly<Record<string, string>>,
): Promise<Ask> {
  const url = await server.ready
  const own = headers ?? { authorization: `Bearer ${await ownerToken(server.folder)}` }
  return async (method, path, body, more = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...own, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await response.text()
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    }
  }
}

/** Waits until every receipt has its place in the log. */
export async function atRest(ask: Ask): Promise<{ readonly logSize: number; readonly logKey: string }> {
  for (;;) {
    const { body } = await ask('GET', '/status')
    if (body.pendingReceipts === 0) return body
  }
}
