const before = encode('{"bytes":')
const between = encode(',"sha256":"')
const after = encode('"}')
const hexDigits = 64
const shortest = before.length + 1 + between.length + hexDigits + after.length
/** 2^53 - 1 has this many digits. */
const mostDigits = 16

const isHex = new Uint8Array(256)
for (const code of encode('0123456789abcdef')) isHex[code] = 1

/**
 * Whether the bytes are exactly the canonical JSON of a whole number and a SHA-256 in hex:
 * `{"bytes":N,"sha256":"…"}`. Nearly every receipt has one of its own in input and output; this looks at them without
 * making text or an object of them.
 */
export function isDigestValue(bytes: Uint8Array, start: number, end: number): boolean {
  const digits = end - start - shortest + 1
  if (digits < 1 || digits > mostDigits) return false
  if (!matches(bytes, start, before)) return false
  const digitsAt = start + before.length
  let number = 0
  for (let i = 0; i < digits; i++) {
    const digit = (bytes[digitsAt + i] ?? 0) - 48
    if (digit < 0 || digit > 9) return false
    number = number * 10 + digit
  }
  // The shortest form has no leading zero; beyond 2^53 - 1 the number might be written otherwise.
  if ((digits > 1 && bytes[digitsAt] === 48) || number > Number.MAX_SAFE_INTEGER) return false
  const hexAt = digitsAt + digits + between.length
  if (!matches(bytes, digitsAt + digits, between)) return false
  let allHex = 1
  for (let i = 0; i < hexDigits; i++) allHex &= isHex[bytes[hexAt + i] ?? 0] ?? 0
  return allHex === 1 && matches(bytes, hexAt + hexDigits, after)
}

/** A hash of such a value: its digest is random already, unless somebody chose it. */
export function hashOfDigest(bytes: Uint8Array, end: number, seed: number): number {
  let hash = seed
  for (let at = end - after.length - 16; at < end - after.length; at++)
    hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x0100_0193)
  return hash
}

function matches(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false
  return true
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
