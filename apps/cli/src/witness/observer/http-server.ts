import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer, Witness } from './witness.ts'

// The largest body that the protocol allows for: 63 hashes, and a note with 32 signatures, ML-DSA's included.
const mostBodyBytes = 128 * 1024
const mostConnections = 256
const requestSeconds = 10

/** Serves a witness over HTTP; TLS is for a proxy in front of it. */
export async function serveWitness(
  witness: Witness,
  listen: { readonly host: string; readonly port: number },
  onFault: (cause: unknown) => void,
) {
  const server = createServer(
    {
      requestTimeout: requestSeconds * 1000,
      headersTimeout: requestSeconds * 1000,
      maxHeaderSize: 8 * 1024,
      keepAliveTimeout: 60_000,
    },
    (request, response) => {
      answerTo(request)
        .catch((cause: unknown): Answer => {
          onFault(cause)
          return plain(500, 'The witness could not keep its state, so it did not cosign. Try again later.')
        })
        .then((answer) => send(response, answer, request))
        .catch(onFault)
    },
  )
  server.maxConnections = mostConnections

  async function answerTo(request: IncomingMessage): Promise<Answer> {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const [method, route] = routes[path] ?? []
    if (route === undefined) return plain(404, 'There is add-checkpoint, rotations, conflicts and health.')
    if (request.method !== method) return plain(405, `Ask with ${method}.`)
    const body = await bodyOf(request)
    return body === undefined ? plain(413, `At most ${mostBodyBytes} bytes are read.`) : await route(body)
  }

  const routes: Readonly<Record<string, [string, (body: Uint8Array) => Answer | Promise<Answer>]>> = {
    '/add-checkpoint': ['POST', witness.addCheckpoint],
    '/rotations': ['POST', witness.addRotation],
    '/conflicts': ['GET', () => witness.conflicts()],
    '/health': ['GET', () => plain(200, 'ok')],
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen.port, listen.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    async close(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      await closed
    },
  }
}

/** The whole body, or undefined when it is longer than is read. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBodyBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, { status, type, body }: Answer, request: IncomingMessage): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // What was not read to its end cannot be followed by another request.
    ...(request.complete ? {} : { connection: 'close' }),
  })
  response.end(body)
}

function plain(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` }
}
