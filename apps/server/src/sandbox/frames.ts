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
  const partial = createGrowingBuffer()
  let needed = prefixBytes

  return (chunk) => {
    let bytes = chunk
    if (partial.length > 0) {
      partial.append(chunk)
      if (partial.length < needed) return
      bytes = partial.take()
    }
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
    if (bytes.length > 0) partial.append(bytes)
  }
}

/**
 * The start of a frame, copied as it comes. Kept as the chunks that it came in, three megabytes sent byte by byte would
 * hold 1.4 GB of the server's memory. Doubling copies each byte twice at most.
 */
function createGrowingBuffer() {
  let held = Buffer.alloc(0)
  let length = 0
  return {
    get length(): number {
      return length
    },
    append(chunk: Buffer): void {
      if (length + chunk.length > held.length) {
        const larger = Buffer.allocUnsafe(Math.max(2 * held.length, length + chunk.length))
        held.copy(larger, 0, 0, length)
        held = larger
      }
      chunk.copy(held, length)
      length += chunk.length
    },
    /** All of it; what is appended next begins anew, for frames are handed out as parts of this. */
    take(): Buffer {
      const taken = held.subarray(0, length)
      held = Buffer.alloc(0)
      length = 0
      return taken
    },
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
