import type { Crypto } from '../../../src/index.ts'

/** SHA-256 and Ed25519 in plain JavaScript, because the verifier's port asks for answers at once and WebCrypto gives promises. */
export function pageCrypto(): Promise<Crypto> {
  const made = { sha256, verifyEd25519, inflateRaw, sha256OfLarge }
  return Promise.resolve(made)
}

async function sha256OfLarge(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)))
}

async function inflateRaw(bytes: Uint8Array, rawSize: number): Promise<Uint8Array | undefined> {
  const inflated = new Uint8Array(rawSize)
  let at = 0
  try {
    const reader = new Blob([new Uint8Array(bytes)])
      .stream()
      .pipeThrough(new DecompressionStream('deflate-raw'))
      .getReader()
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      if (at + read.value.length > rawSize) {
        await reader.cancel()
        return undefined
      }
      inflated.set(read.value, at)
      at += read.value.length
    }
    return at === rawSize ? inflated : undefined
  } catch {
    // What is damaged, cut short or followed by more bytes ends in an error of the stream.
    return undefined
  }
}

const roundConstants = Uint32Array.from(primes(64), (prime) => fractionBits(Math.cbrt(prime)))
const initialState = Uint32Array.from(primes(8), (prime) => fractionBits(Math.sqrt(prime)))
const words = new Uint32Array(64)

function sha256(bytes: Uint8Array): Uint8Array {
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
  state.forEach((word, i) => view.setUint32(i * 4, word))
  return digest
}

function compress(state: Uint32Array, bytes: Uint8Array, at: number): void {
  const w = (i: number): number => words[i] ?? 0
  const byte = (i: number): number => bytes[i] ?? 0
  for (let i = 0; i < 16; i++) {
    const from = at + i * 4
    words[i] = (byte(from) << 24) | (byte(from + 1) << 16) | (byte(from + 2) << 8) | byte(from + 3)
  }
  for (let i = 16; i < 64; i++) {
    const s0 = turn(w(i - 15), 7) ^ turn(w(i - 15), 18) ^ (w(i - 15) >>> 3)
    const s1 = turn(w(i - 2), 17) ^ turn(w(i - 2), 19) ^ (w(i - 2) >>> 10)
    words[i] = w(i - 16) + s0 + w(i - 7) + s1
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i++) {
    const t1 =
      (h +
        (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
        ((e & f) ^ (~e & g)) +
        (roundConstants[i] ?? 0) +
        w(i)) |
      0
    const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] ?? 0) + value
}

function turn(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

function fractionBits(value: number): number {
  return Math.floor((value % 1) * 2 ** 32)
}

function primes(wanted: number): number[] {
  const found: number[] = []
  for (let n = 2; found.length < wanted; n++) if (found.every((prime) => n % prime !== 0)) found.push(n)
  return found
}

const p = 2n ** 255n - 19n
const order = 2n ** 252n + 27742317777372353535851937790883648493n
const d = mod(-121665n * power(121666n, p - 2n))
const rootOfMinusOne = power(2n, (p - 1n) / 4n)

interface Point {
  readonly x: bigint
  readonly y: bigint
  readonly z: bigint
  readonly t: bigint
}

const base = ((): Point | undefined => {
  const y = mod(4n * power(5n, p - 2n))
  const encoded = new Uint8Array(32)
  for (let i = 0, rest = y; i < 32; i++, rest >>= 8n) encoded[i] = Number(rest & 255n)
  return decodePoint(encoded)
})()

function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64 || base === undefined) return false
  const a = decodePoint(publicKey)
  const r = decodePoint(signature.subarray(0, 32))
  const s = little(signature.subarray(32))
  if (a === undefined || r === undefined || s >= order) return false
  const hashed = new Uint8Array(64 + message.length)
  hashed.set(signature.subarray(0, 32))
  hashed.set(publicKey, 32)
  hashed.set(message, 64)
  const k = little(sha512(hashed)) % order
  const left = multiply(base, s)
  const right = add(r, multiply(a, k))
  return mod(left.x * right.z - right.x * left.z) === 0n && mod(left.y * right.z - right.y * left.z) === 0n
}

function mod(value: bigint): bigint {
  return ((value % p) + p) % p
}

function decodePoint(bytes: Uint8Array): Point | undefined {
  const encoded = little(bytes)
  const y = encoded & (2n ** 255n - 1n)
  if (y >= p) return undefined
  const sign = encoded >> 255n
  const u = mod(y * y - 1n)
  const v = mod(d * y * y + 1n)
  let x = mod(u * v ** 3n * power(mod(u * v ** 7n), (p - 5n) / 8n))
  if (mod(v * x * x - u) !== 0n) x = mod(x * rootOfMinusOne)
  if (mod(v * x * x - u) !== 0n || (x === 0n && sign === 1n)) return undefined
  if ((x & 1n) !== sign) x = mod(-x)
  return { x, y, z: 1n, t: mod(x * y) }
}

function add(one: Point, two: Point): Point {
  const a = mod((one.y - one.x) * (two.y - two.x))
  const b = mod((one.y + one.x) * (two.y + two.x))
  const c = mod(2n * d * one.t * two.t)
  const e = mod(2n * one.z * two.z)
  const [f, g, h, i] = [b - a, e - c, e + c, b + a]
  return { x: mod(f * g), y: mod(h * i), z: mod(g * h), t: mod(f * i) }
}

function multiply(point: Point, times: bigint): Point {
  let sum: Point = { x: 0n, y: 1n, z: 1n, t: 0n }
  for (let rest = times, doubled = point; rest > 0n; rest >>= 1n, doubled = add(doubled, doubled)) {
    if (rest & 1n) sum = add(sum, doubled)
  }
  return sum
}

function power(value: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let rest = exponent, squared = mod(value); rest > 0n; rest >>= 1n, squared = mod(squared * squared)) {
    if (rest & 1n) result = mod(result * squared)
  }
  return result
}

function little(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte)
  return value
}

function sha512(bytes: Uint8Array): Uint8Array {
  const mask = 2n ** 64n - 1n
  const rotate = (word: bigint, by: bigint) => ((word >> by) | (word << (64n - by))) & mask
  const bits = (prime: number, n: bigint) => rootBits(BigInt(prime), n) & mask
  const k = primes(80).map((prime) => bits(prime, 3n))
  let state = primes(8).map((prime) => bits(prime, 2n))
  const padded = new Uint8Array(Math.ceil((bytes.length + 17) / 128) * 128)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n)
  const view = new DataView(padded.buffer)
  for (let at = 0; at < padded.length; at += 128) {
    const w = Array.from({ length: 16 }, (_, i) => view.getBigUint64(at + i * 8))
    for (let i = 16; i < 80; i++) {
      const [x = 0n, y = 0n, z = 0n, v = 0n] = [w[i - 15], w[i - 2], w[i - 16], w[i - 7]]
      w.push(
        ((rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n)) +
          (rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n)) +
          z +
          v) &
          mask,
      )
    }
    let [a = 0n, b = 0n, c = 0n, dd = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state
    for (let i = 0; i < 80; i++) {
      const t1 =
        h +
        (rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n)) +
        ((e & f) ^ (~e & mask & g)) +
        (k[i] ?? 0n) +
        (w[i] ?? 0n)
      const t2 = (rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c))
      ;[h, g, f, e, dd, c, b, a] = [g, f, e, (dd + t1) & mask, c, b, a, (t1 + t2) & mask]
    }
    state = [a, b, c, dd, e, f, g, h].map((value, i) => (value + (state[i] ?? 0n)) & mask)
  }
  const digest = new Uint8Array(64)
  const out = new DataView(digest.buffer)
  state.forEach((word, i) => out.setBigUint64(i * 8, word))
  return digest
}

/** The first 64 bits behind the point of the n-th root, found by halving: floating point has too few. */
function rootBits(value: bigint, n: bigint): bigint {
  const target = value << (64n * n)
  let low = 0n
  let high = 2n ** 80n
  while (high - low > 1n) {
    const middle = (low + high) >> 1n
    if (middle ** n <= target) low = middle
    else high = middle
  }
  return low
}
