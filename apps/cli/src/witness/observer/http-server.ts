import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer, Witness } from './witness.ts'

// The largest body that the protocol allows for: 63 hashes, and a note with 32 signatures, ML-DSA's included.
const mostBodyBytes = 128 * 1024
/** A rotation names every log of its key, in some 120 bytes each. */
const mostRotationBytes = 8 * 1024 * 1024
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
          if (!(cause instanceof Left)) onFault(cause)
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
    const most = path === '/rotations' ? mostRotationBytes : mostBodyBytes
    if (Number(request.headers['content-length'] ?? 0) > most)
      return plain(413, `At most ${most} bytes are read.`)
    return await route(await bodyOf(request, most))
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

/** @throws {Left} also where the connection was cut because the body had no end. */
async function bodyOf(request: IncomingMessage, most: number): Promise<Uint8Array> {
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      chunks.push(chunk)
      // It did not say so before, so there is nobody to be polite to.
      if (bytes > most) request.destroy()
    })
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('close', () => reject(new Left()))
  })
}

/** Whoever asked has gone: nobody is left to be answered. */
class Left extends Error {}

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
