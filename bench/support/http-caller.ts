import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A caller that keeps its connections, as clients do. Anything but 200 is an error: a refusal is quick and proves nothing. */
export function createCaller(
  url: string,
  options: { readonly token?: string; readonly connections: number },
) {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections })
  const { hostname, port } = new URL(url)
  const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }

  function send(method: string, path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const about =
      text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    return new Promise((resolve, reject) => {
      const asked = request(
        { agent, hostname, port, method, path, headers: { ...headers, ...about } },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const answer = {
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString(),
            }
            if (answer.status === 200) resolve(answer)
            else
              reject(new Error(`${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 300)}`))
          })
        },
      )
      asked.on('error', reject)
      asked.end(text)
    })
  }
  return {
    get: (path: string) => send('GET', path),
    post: (path: string, body: unknown) => send('POST', path, body),
    close: () => agent.destroy(),
  }
}
export type Caller = ReturnType<typeof createCaller>
