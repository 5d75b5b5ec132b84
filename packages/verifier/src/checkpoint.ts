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

/** What a key is for: the first byte of its vkey. A witness's key signs cosignatures, never checkpoints of its own. */
const keyTypes = { log: 0x01, witness: 0x04 } as const

/**
 * Reads a verifier key `name+hash+key` in the C2SP signed-note form.
 *
 * @returns `undefined` for any other text, and for a hash that is not the key's.
 */
export function parseLogKey(vkey: string, crypto: Crypto): LogKey | undefined {
  return parseKey(vkey, keyTypes.log, crypto)
}

/** Reads the verifier key of a witness (C2SP tlog-cosignature); else as `parseLogKey`. */
export function parseWitnessKey(vkey: string, crypto: Crypto): LogKey | undefined {
  return parseKey(vkey, keyTypes.witness, crypto)
}

function parseKey(vkey: string, type: number, crypto: Crypto): LogKey | undefined {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey)
  const [, name, keyHash, encoded] = match ?? []
  if (name === undefined || keyHash === undefined || encoded === undefined) return undefined
  const typed = decodeBase64(encoded)
  if (typed?.length !== 33 || typed[0] !== type) return undefined
  const computed = toHex(crypto.sha256(joinBytes(utf8(`${name}\n`), typed)).subarray(0, 4))
  return computed === keyHash ? { name, keyHash, publicKey: typed.subarray(1) } : undefined
}

export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
  /** The bytes the signature speaks about. */
  readonly signedText: Uint8Array
  /** Name (the origin, or one that the origin lies below) and hash of the key in the log's own signature line. */
  readonly keyName: string
  readonly keyHash: string
  readonly signature: Uint8Array
}

/** Reads a signed checkpoint with exactly one signature line, by a key that may sign for its origin; `undefined` for anything else. */
export function parseCheckpoint(note: string): Checkpoint | undefined {
  const checkpoint = parseCosignedCheckpoint(note)
  return checkpoint?.cosignatureLines.length === 0 ? checkpoint : undefined
}

/** A checkpoint with what follows the log's own signature. */
export interface CosignedCheckpoint extends Checkpoint {
  /** Lines without their ends, as they stand; nothing about them has been checked. */
  readonly cosignatureLines: readonly string[]
}

/** Reads a signed checkpoint whose first signature line is by a key that may sign for its origin. */
export function parseCosignedCheckpoint(note: string): CosignedCheckpoint | undefined {
  const match =
    /^(([^\s+]+)\n([1-9][0-9]{0,15})\n([A-Za-z0-9+/=]{44})\n)\n\u2014 ([^\s+]+) ([A-Za-z0-9+/=]{92})\n/.exec(
      note,
    )
  const [whole, text, origin, sizeText, rootText, signer, signatureText] = match ?? []
  const root = decodeHash(rootText)
  const signature = decodeBase64(signatureText ?? '')
  const size = Number(sizeText)
  if (whole === undefined || text === undefined || origin === undefined || signer === undefined)
    return undefined
  if (!maySignFor(signer, origin)) return undefined
  if (root === undefined || signature?.length !== 68 || !isTreeSize(size)) return undefined
  const rest = note.slice(whole.length)
  if (rest !== '' && !rest.endsWith('\n')) return undefined
  return {
    origin,
    size,
    root,
    signedText: utf8(text),
    keyName: signer,
    keyHash: toHex(signature.subarray(0, 4)),
    signature: signature.subarray(4),
    cosignatureLines: rest === '' ? [] : rest.slice(0, -1).split('\n'),
  }
}

/** A key signs for the log of its own name, and for the logs whose origin continues that name after a slash. */
export function maySignFor(keyName: string, origin: string): boolean {
  return origin === keyName || origin.startsWith(`${keyName}/`)
}

export type SignatureCheck = 'valid' | 'unknown_key' | 'invalid'

/** Checks a checkpoint's signature under the keys given. Keys of other logs are passed over, not held against it. */
export async function checkSignature(
  crypto: Crypto,
  checkpoint: Checkpoint,
  keys: readonly LogKey[],
): Promise<SignatureCheck> {
  const candidates = keys.filter(
    (key) => key.name === checkpoint.keyName && key.keyHash === checkpoint.keyHash,
  )
  if (candidates.length === 0) return 'unknown_key'
  for (const { publicKey } of candidates) {
    if (await crypto.verifyEd25519(publicKey, checkpoint.signedText, checkpoint.signature)) return 'valid'
  }
  return 'invalid'
}

export function sameTree(a: Checkpoint, b: Checkpoint): boolean {
  return a.size === b.size && sameBytes(a.root, b.root)
}
