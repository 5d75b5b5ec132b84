/** SHA-256 (FIPS 180-4) where the engine has none that answers at once: browsers hash behind promises. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const state = Uint32Array.from(initialState)
  const whole = bytes.length - (bytes.length % 64)
  for (let at = 0; at < whole; at += 64) compress(state, bytes, at)
  const rest = bytes.length - whole
  const tail = new Uint8Array(rest < 56 ? 64 : 128)
  tail.set(bytes.subarray(whole))
  tail[rest] = 0x80
  new DataView(tail.buffer).setBigUint64(tail.length - 8, BigInt(bytes.length) * 8n)
  for (let at = 0; at < tail.length; at += 64) compress(state, tail, at)
  const digest = new Uint8Array(32)
  const view = new DataView(digest.buffer)
  for (const [i, word] of state.entries()) view.setUint32(i * 4, word)
  return digest
}

// The tables are what the standard says they are: the first 32 bits of the fractions of roots of the first primes. Doubles
// hold 52 bits of a fraction below 7, which is enough.
const roundConstants = Uint32Array.from(primes(64), (prime) => fractionBits(Math.cbrt(prime)))
const initialState = Uint32Array.from(primes(8), (prime) => fractionBits(Math.sqrt(prime)))
const words = new Uint32Array(64)

function compress(state: Uint32Array, bytes: Uint8Array, at: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 64)
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(i * 4)
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15] ?? 0
    const y = words[i - 2] ?? 0
    const small0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)
    const small1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)
    words[i] = (words[i - 16] ?? 0) + small0 + (words[i - 7] ?? 0) + small1
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i++) {
    const large1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const choose = (e & f) ^ (~e & g)
    const one = (h + large1 + choose + (roundConstants[i] ?? 0) + (words[i] ?? 0)) | 0
    const large0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + large0 + majority) | 0
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] ?? 0) + word
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

function fractionBits(root: number): number {
  return Math.floor((root % 1) * 2 ** 32)
}

function primes(count: number): number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n)
  return found
}
