import { Fault } from '../kernel/fault.ts'

/**
 * One frame: header length and body length (u32 big-endian), header (JSON), body (bytes, passed through).
 * The body is apart so that a plugin's JSON is never escaped into other JSON, and its size is its exact size.
 */
export interface Frame {
  readonly header: unknown
  readonly body: Buffer
}

const prefixBytes = 8

export function encodeFrame(header: object, body: string | Uint8Array): Buffer {
  const head = JSON.stringify(header)
  const headBytes = Buffer.byteLength(head)
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  const frame = Buffer.allocUnsafe(prefixBytes + headBytes + bodyBytes)
  frame.writeUInt32BE(headBytes, 0)
  frame.writeUInt32BE(bodyBytes, 4)
  frame.write(head, prefixBytes)
  if (typeof body === 'string') frame.write(body, prefixBytes + headBytes)
  else frame.set(body, prefixBytes + headBytes)
  return frame
}

/** A runner said what no runner of ours says. It is ended: nothing it says afterwards can be believed. */
export class ProtocolViolation extends Fault {
  constructor(message: string) {
    super('runner_protocol', message, { retryable: false })
  }
}

/**
 * Cuts a byte stream into frames. Lengths are checked before a byte of the frame is kept.
 *
 * @param largest in bytes, asked at every frame: what a runner may send depends on its run.
 * @throws {ProtocolViolation} from the returned function
 */
export function createFrameReader(
  largest: () => { readonly header: number; readonly body: number },
  onFrame: (frame: Frame) => void,
): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let buffered = 0
  let needed = prefixBytes

  return (chunk) => {
    chunks.push(chunk)
    buffered += chunk.length
    // A large frame arrives in many chunks: join them once, when it is whole.
    if (buffered < needed) return
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, buffered)
    for (;;) {
      needed = prefixBytes
      if (bytes.length < needed) break
      const headerBytes = bytes.readUInt32BE(0)
      const bodyBytes = bytes.readUInt32BE(4)
      const allowed = largest()
      if (headerBytes > allowed.header) throw new ProtocolViolation(`header of ${headerBytes} bytes`)
      if (bodyBytes > allowed.body) throw new ProtocolViolation(`body of ${bodyBytes} bytes`)
      needed = prefixBytes + headerBytes + bodyBytes
      if (bytes.length < needed) break
      const header = parseHeader(bytes.toString('utf8', prefixBytes, prefixBytes + headerBytes))
      const body = bytes.subarray(prefixBytes + headerBytes, needed)
      bytes = bytes.subarray(needed)
      onFrame({ header, body })
    }
    chunks = bytes.length === 0 ? [] : [bytes]
    buffered = bytes.length
  }
}

function parseHeader(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message would quote the runner; the rule is enough.
    throw new ProtocolViolation('header is not JSON')
  }
}
