// @ts-check
// One frame: header length (u32 BE), body length (u32 BE), header (JSON, UTF-8), body (bytes, passed through).
// The body is apart so that a plugin's JSON is never escaped into other JSON, and its size is its exact size.

const prefixBytes = 8

/**
 * @param {object} header
 * @param {string | Uint8Array} body
 */
export function encodeFrame(header, body) {
  const head = Buffer.from(JSON.stringify(header), 'utf8')
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body, 'utf8') : body.length
  const frame = Buffer.allocUnsafe(prefixBytes + head.length + bodyBytes)
  frame.writeUInt32BE(head.length, 0)
  frame.writeUInt32BE(bodyBytes, 4)
  head.copy(frame, prefixBytes)
  if (typeof body === 'string') frame.write(body, prefixBytes + head.length, 'utf8')
  else frame.set(body, prefixBytes + head.length)
  return frame
}

/**
 * Reads frames of the host, which is trusted here: lengths are its own.
 *
 * @param {(header: any, body: string) => void} onFrame
 * @returns {(chunk: Buffer) => void}
 */
export function createFrameReader(onFrame) {
  /** @type {Buffer[]} */
  let chunks = []
  let buffered = 0
  let needed = prefixBytes

  return (chunk) => {
    chunks.push(chunk)
    buffered += chunk.length
    // A large frame arrives in many chunks: join them once, when it is whole.
    if (buffered < needed) return
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    for (;;) {
      needed = prefixBytes
      if (bytes.length < prefixBytes) break
      const headEnd = prefixBytes + bytes.readUInt32BE(0)
      needed = headEnd + bytes.readUInt32BE(4)
      if (bytes.length < needed) break
      const header = JSON.parse(bytes.toString('utf8', prefixBytes, headEnd))
      const body = bytes.toString('utf8', headEnd, needed)
      bytes = bytes.subarray(needed)
      onFrame(header, body)
    }
    chunks = bytes.length === 0 ? [] : [bytes]
    buffered = bytes.length
  }
}
