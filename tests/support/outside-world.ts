import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { makeAuthority } from './certificates.ts'
import type { TestAuthority } from './certificates.ts'

/** Names of the outside, all of them on loopback: servers with certificates of a CA made here, and a resolver that says so. */
export interface OutsideWorld {
  readonly caFile: string
  readonly authority: TestAuthority
  /** What the resolver answers, by name; a function may lie a little more each time. */
  readonly names: Map<string, readonly string[] | (() => readonly string[])>
  readonly resolve: (host: string) => Promise<readonly string[]>
  /** How often each name was asked for. */
  readonly asked: string[]
  /** An https server that answers for these names, at 127.0.0.1; answers its port. */
  serve(names: readonly string[], answer: RequestListener): Promise<number>
  /** The same without TLS. */
  servePlain(names: readonly string[], answer: RequestListener): Promise<number>
  /** A proxy that leads wherever it is asked to, if it is asked with this Proxy-Authorization. */
  proxy(options: {
    readonly authorization?: string
    readonly leadTo?: (authority: string) => number
  }): Promise<{ readonly port: number; readonly connects: string[] }>
}

let shared: TestAuthority | undefined

export function outsideWorld(t: TestContext): OutsideWorld {
  const authority = (shared ??= makeAuthority())
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-outside-'))
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, authority.pem)
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    for (const server of servers) server.close()
    rmSync(folder, { recursive: true })
  })
  const names: OutsideWorld['names'] = new Map()
  const asked: string[] = []

  async function listen(server: Server, of: readonly string[]): Promise<number> {
    servers.push(server)
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      // A client that goes away in the middle is what many of these tests are about.
      socket.on('error', () => undefined)
    })
    server.on('tlsClientError', () => undefined)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    for (const name of of) names.set(name, ['127.0.0.1'])
    return (server.address() as AddressInfo).port
  }

  return {
    caFile,
    authority,
    names,
    asked,
    resolve(host) {
      asked.push(host)
      const known = names.get(host)
      return Promise.resolve(known === undefined ? [] : typeof known === 'function' ? known() : known)
    },
    serve: (of, answer) => listen(createTlsServer(authority.certify(of), answer), of),
    servePlain: (of, answer) => listen(createServer(answer), of),
    async proxy({ authorization, leadTo }) {
      const connects: string[] = []
      const server = createServer((_request, response) => response.writeHead(400).end())
      server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
        const authority = request.url ?? ''
        connects.push(authority)
        client.on('error', () => undefined)
        if (request.headers['proxy-authorization'] !== authorization) {
          client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
          return
        }
        const port = leadTo?.(authority) ?? Number(authority.split(':').at(-1))
        const onward = connect(port, '127.0.0.1', () => {
          client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
          onward.write(head)
          onward.pipe(client).pipe(onward)
        })
        sockets.add(onward)
        onward.on('error', () => client.destroy())
      })
      return { port: await listen(server, []), connects }
    },
  }
}

/** The whole body of a request, as text. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}
