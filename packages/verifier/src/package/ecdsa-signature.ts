/**
 * Turns a DER signature into the `r ‖ s` of 64 bytes that WebCrypto takes; undefined unless it is the one DER
 * spelling of two integers between 1 and 2^256.
 */
export function p256SignatureFromDer(der: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined
  const r = readInteger(der, 2)
  if (r === undefined) return undefined
  const s = readInteger(der, r.end)
  if (s === undefined || s.end !== der.length) return undefined
  const raw = new Uint8Array(64)
  raw.set(r.value, 32 - r.value.length)
  raw.set(s.value, 64 - s.value.length)
  return raw
}

function readInteger(der: Uint8Array, at: number): { value: Uint8Array; end: number } | undefined {
  const length = der[at + 1]
  const end = at + 2 + (length ?? 0)
  if (der[at] !== 0x02 || length === undefined || length === 0 || length > 33 || end > der.length)
    return undefined
  const bytes = der.subarray(at + 2, end)
  const [first = 0, second = 0] = bytes
  if (first >= 0x80) return undefined // negative
  if (first !== 0) return bytes.length <= 32 ? { value: bytes, end } : undefined
  // A leading zero is there only to keep the next byte from looking like a sign.
  return second >= 0x80 ? { value: bytes.subarray(1), end } : undefined
}
