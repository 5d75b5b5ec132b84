import { decodeBase64, decodeHash } from './base64.ts'
import { joinBytes, sameBytes, toHex, utf8 } from './bytes.ts'
import type { Crypto } from './crypto.ts'
import { isTreeSize } from './merkle-tree.ts'

/** A log's public key, as handed out outside of any bundle. */
export interface LogKey {
  readonly name: string
  /** 8 hex digits. */
  readonly keyHash: string
  readonly publicKey: Uint8Array
}

/**
 * Reads a verifier key `name+hash+key` in the C2SP signed-note form.
 *
 * @returns `undefined` for any other text, and for a hash that is not the key's.
 */
export function parseLogKey(vkey: string, crypto: Crypto): LogKey | undefined {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey)
  const [, name, keyHash, encoded] = match ?? []
  if (name === undefined || keyHash === undefined || encoded === undefined) return undefined
  const typed = decodeBase64(encoded)
  if (typed?.length !== 33 || typed[0] !== 1) return undefined
  const computed = toHex(crypto.sha256(joinBytes(utf8(`${name}\n`), typed)).subarray(0, 4))
  return computed === keyHash ? { name, keyHash, publicKey: typed.subarray(1) } : undefined
}

export interface Checkpoint {
  readonly origin: string
  /** Name of the key that signed it: the origin, or a name that the origin lies below. */
  readonly signer: string
  readonly size: number
  readonly root: Uint8Array
  /** The bytes the signature speaks about. */
  readonly signedText: Uint8Array
  readonly keyHash: string
  readonly signature: Uint8Array
}

/** Reads a signed checkpoint with exactly one signature line, by a key that may sign for its origin; `undefined` for anything else. */
export function parseCheckpoint(note: string): Checkpoint | undefined {
  const match =
    /^(([^\s+]+)\n([1-9][0-9]{0,15})\n([A-Za-z0-9+/=]{44})\n)\n\u2014 ([^\s+]+) ([A-Za-z0-9+/=]{92})\n$/.exec(
      note,
    )
  const [, text, origin, sizeText, rootText, signer, signatureText] = match ?? []
  const root = decodeHash(rootText)
  const signature = decodeBase64(signatureText ?? '')
  const size = Number(sizeText)
  if (text === undefined || origin === undefined || signer === undefined) return undefined
  if (signer !== origin && !origin.startsWith(`${signer}/`)) return undefined
  if (root === undefined || signature?.length !== 68 || !isTreeSize(size)) return undefined
  return {
    origin,
    signer,
    size,
    root,
    signedText: utf8(text),
    keyHash: toHex(signature.subarray(0, 4)),
    signature: signature.subarray(4),
  }
}

export type SignatureCheck = 'valid' | 'unknown_key' | 'invalid'

/** Checks a checkpoint's signature under the keys given. Keys of other logs are passed over, not held against it. */
export function checkSignature(
  crypto: Crypto,
  checkpoint: Checkpoint,
  keys: readonly LogKey[],
): SignatureCheck {
  const candidates = keys.filter(
    (key) => key.name === checkpoint.signer && key.keyHash === checkpoint.keyHash,
  )
  if (candidates.length === 0) return 'unknown_key'
  const fits = candidates.some((key) =>
    crypto.verifyEd25519(key.publicKey, checkpoint.signedText, checkpoint.signature),
  )
  return fits ? 'valid' : 'invalid'
}

export function sameTree(a: Checkpoint, b: Checkpoint): boolean {
  return a.size === b.size && sameBytes(a.root, b.root)
}
