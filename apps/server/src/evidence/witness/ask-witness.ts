import { request as overHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as overHttps } from 'node:https'

/** A cosignature has about 150 bytes; whoever answers more does not answer this question. */
const mostAnswerBytes = 16 * 1024

export interface WitnessAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/**
 * Sends a submission. Redirects are not followed: the operator named the address.
 *
 * @throws when there is no whole answer in time.
 */
export async function askWitness(url: URL, body: string, signal: AbortSignal): Promise<WitnessAnswer> {
  const bytes = Buffer.from(body, 'utf8')
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.protocol === 'https:' ? overHttps : overHttp
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': bytes.length }
    const request = send(url, { method: 'POST', headers, signal }, resolve)
    request.once('error', reject)
    request.end(bytes)
  })
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > mostAnswerBytes) {
      response.destroy()
      throw new RangeError(`it answered more than ${mostAnswerBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return {
    status: response.statusCode ?? 0,
    type: response.headers['content-type'] ?? '',
    body: Buffer.concat(chunks).toString('utf8'),
  }
}
