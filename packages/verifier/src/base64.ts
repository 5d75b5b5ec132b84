const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const notInAlphabet = 255

const sextets = new Uint8Array(128).fill(notInAlphabet)
for (let value = 0; value < 64; value++) sextets[alphabet.charCodeAt(value)] = value

/** Bytes that canonical base64 of this many characters holds, or -1 when the padding or length cannot be right. */
function decodedLength(text: string): number {
  if (text.length % 4 !== 0) return -1
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/**
 * Decodes canonical base64 (RFC 4648 section 4, padded, unused bits zero) into `target` at `offset`.
 * Canonical, because a bit that does not change the decoded bytes could be flipped unseen.
 *
 * @returns the number of bytes written, or -1 when the text is not canonical or `target` is too short.
 */
export function decodeBase64Into(text: string, target: Uint8Array, offset: number): number {
  const length = decodedLength(text)
  if (length < 0 || offset + length > target.length) return -1
  const wholeGroups = Math.floor(length / 3)
  let at = offset
  let read = 0
  for (let group = 0; group < wholeGroups; group++, read += 4) {
    const codeA = text.charCodeAt(read)
    const codeB = text.charCodeAt(read + 1)
    const codeC = text.charCodeAt(read + 2)
    const codeD = text.charCodeAt(read + 3)
    if ((codeA | codeB | codeC | codeD) > 127) return -1
    const a = sextets[codeA] ?? notInAlphabet
    const b = sextets[codeB] ?? notInAlphabet
    const c = sextets[codeC] ?? notInAlphabet
    const d = sextets[codeD] ?? notInAlphabet
    if ((a | b | c | d) > 63) return -1
    target[at++] = (a << 2) | (b >> 4)
    target[at++] = (b << 4) | (c >> 2)
    target[at++] = (c << 6) | d
  }
  const rest = length - wholeGroups * 3
  if (rest === 0) return length
  const a = sextetAt(text, read)
  const b = sextetAt(text, read + 1)
  const c = rest === 2 ? sextetAt(text, read + 2) : 0
  if ((a | b | c) > 63) return -1
  if (rest === 1 ? (b & 15) !== 0 : (c & 3) !== 0) return -1
  target[at++] = (a << 2) | (b >> 4)
  if (rest === 2) target[at] = (b << 4) | (c >> 2)
  return length
}

function sextetAt(text: string, index: number): number {
  const code = text.charCodeAt(index)
  return code < 128 ? (sextets[code] ?? notInAlphabet) : notInAlphabet
}

/** Decodes canonical base64; `undefined` when it is not canonical. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const length = decodedLength(text)
  if (length < 0) return undefined
  const bytes = new Uint8Array(length)
  return decodeBase64Into(text, bytes, 0) < 0 ? undefined : bytes
}

/** Decodes one SHA-256 hash; `undefined` unless it is canonical and has 32 bytes. */
export function decodeHash(text: unknown): Uint8Array | undefined {
  const bytes = typeof text === 'string' && text.length === 44 ? decodeBase64(text) : undefined
  return bytes?.length === 32 ? bytes : undefined
}
