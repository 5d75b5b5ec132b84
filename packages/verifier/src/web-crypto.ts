import type { Crypto } from './crypto.ts'
import { sha256 } from './hashing/sha256.ts'

/** Below this a promise costs more than hashing here. */
const largeBytes = 4 * 1024

/**
 * The port on what browsers bring: WebCrypto and compression streams. Imported as `@switchboard/verifier/web`.
 *
 * @returns `undefined` where WebCrypto is missing (pages from http) or knows no Ed25519 (Chrome before 137).
 */
export async function createWebCrypto(): Promise<Crypto | undefined> {
  if (globalThis.crypto?.subtle === undefined) return undefined
  try {
    await importEd25519(new Uint8Array(32))
  } catch {
    // All zeros are the encoding of a point: what is refused is the algorithm.
    return undefined
  }
  return { sha256, sha256OfLarge, verifyEd25519, inflateRaw }
}

async function sha256OfLarge(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length < largeBytes) return sha256(bytes)
  return new Uint8Array(await crypto.subtle.digest('SHA-256', unshared(bytes)))
}

async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    const key = await importEd25519(publicKey)
    return await crypto.subtle.verify('Ed25519', key, unshared(signature), unshared(message))
  } catch {
    // Engines throw for points they cannot read; to a verifier that is one more signature that does not fit.
    return false
  }
}

function importEd25519(publicKey: Uint8Array) {
  return crypto.subtle.importKey('raw', unshared(publicKey), 'Ed25519', false, ['verify'])
}

async function inflateRaw(bytes: Uint8Array, rawSize: number): Promise<Uint8Array | undefined> {
  const inflated = new Uint8Array(rawSize)
  let at = 0
  try {
    const stream = new Blob([unshared(bytes)]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
    const reader = stream.getReader()
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
    // A stream that is damaged, cut short, or followed by more bytes ends in an error.
    return undefined
  }
}

/** The engine's types ask for bytes of a buffer that no other thread can change; the verifier gets no others. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}
