import { once } from 'node:events'
import http from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What the proxy does to an answer. All but `instead` and `hang` let the server do what it was asked first. */
export type Strain =
  | { readonly kind: 'instead'; readonly status: number; readonly type: string; readonly body: string }
  /** Takes the request and says nothing. */
  | { readonly kind: 'hang' }
  /** The server did it; the connection breaks before a byte of its answer. */
  | { readonly kind: 'lost' }
  /** The answer breaks off in the middle. */
  | { readonly kind: 'cut' }
  /** Half of the answer, as if it were all of it. */
  | { readonly kind: 'half' }
  | { readonly kind: 'slow'; readonly ms: number }

export interface StrainingProxy extends AsyncDisposable {
  readonly url: string
  /** Requests as they came from the browser. */
  readonly seen: readonly {
    readonly method: string
    readonly path: string
    readonly key: string | undefined
  }[]
  /** From now on, for requests like `POST /cases` that match; the last one that matches holds. */
  strain(pattern: RegExp, how: Strain): void
  /** Lets everything through again. */
  ease(): void
  /** Sends what comes from now on to another server, as a restart on the same address would. */
  turnTo(url: string): void
}

/** A proxy between browser and server, as weak as the ones in the world. */
export async function startStrainingProxy(target: string): Promise<StrainingProxy> {
  const seen: { method: string; path: string; key: string | undefined }[] = []
  let strains: { readonly pattern: RegExp; readonly how: Strain }[] = []
  let goal = target
  const server = http.createServer((request, response) => {
    const { method = 'GET', url = '/' } = request
    seen.push({ method, path: url, key: request.headers['idempotency-key'] as string | undefined })
    const how = strains.findLast(({ pattern }) => pattern.test(`${method} ${url}`))?.how
    answer(request, response, goal, how).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    strain: (pattern, how) => void strains.push({ pattern, how }),
    ease: () => void (strains = []),
    turnTo: (url) => void (goal = url),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  how: Strain | undefined,
): Promise<void> {
  const body = await buffer(request)
  if (how?.kind === 'hang') return
  if (how?.kind === 'instead') {
    response.writeHead(how.status, { 'content-type': how.type }).end(how.body)
    return
  }
  if (how?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, how.ms))
  const { method, headers } = request
  const forwarded = http.request(`${target}${request.url ?? '/'}`, { method, headers, agent: false })
  forwarded.end(body)
  const [answered] = (await once(forwarded, 'response')) as [IncomingMessage]
  const bytes = await buffer(answered)
  if (how?.kind === 'lost') {
    response.destroy()
    return
  }
  const half = bytes.subarray(0, Math.floor(bytes.length / 2))
  const sent = { ...answered.headers }
  if (how?.kind === 'half') sent['content-length'] = String(half.length)
  response.writeHead(answered.statusCode ?? 500, sent)
  if (how?.kind === 'cut') {
    response.write(half)
    setTimeout(() => response.destroy(), 50)
    return
  }
  response.end(how?.kind === 'half' ? half : bytes)
}
