import { createPublicKey, hash, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { decodeBase64 } from './base64.ts'

/** Signature types of C2SP signed-note: a log's Ed25519 key, and a witness's, which signs with a time. */
export const keyTypes = { log: 1, witness: 4 } as const
export type KeyType = keyof typeof keyTypes

export interface VerifierKey {
  readonly name: string
  /** 8 hex digits. */
  readonly hash: string
  readonly vkey: string
  readonly publicKey: KeyObject
}

/** DER of an Ed25519 public key (RFC 8410) up to its 32 raw bytes. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** @returns undefined for any other text, another type of key, and a hash that is not the key's. */
export function parseVerifierKey(vkey: string, type: KeyType): VerifierKey | undefined {
  const match = /^([^\s+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(vkey)
  const [, name = '', keyHash = '', encoded = ''] = match ?? []
  const typed = decodeBase64(encoded)
  if (typed?.length !== 33 || typed[0] !== keyTypes[type] || keyHashOf(name, typed) !== keyHash)
    return undefined
  try {
    const der = Buffer.concat([spkiPrefix, typed.subarray(1)])
    return {
      name,
      hash: keyHash,
      vkey,
      publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }),
    }
  } catch {
    // OpenSSL throws for points that it cannot read: no key of anybody.
    return undefined
  }
}

/** The key that people hand out, made from its 32 raw bytes. */
export function formatVerifierKey(name: string, type: KeyType, raw: Uint8Array): string {
  const typed = Buffer.concat([Buffer.of(keyTypes[type]), raw])
  return `${name}+${keyHashOf(name, typed)}+${typed.toString('base64')}`
}

function keyHashOf(name: string, typed: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), typed]), 'hex').slice(0, 8)
}

/** A key signs for the origin that is its name, and for those below it. */
export function speaksFor(key: VerifierKey, origin: string): boolean {
  return origin === key.name || origin.startsWith(`${key.name}/`)
}

export function signatureFits(key: VerifierKey, message: string, signature: Uint8Array): boolean {
  return signature.length === 64 && verify(null, Buffer.from(message, 'utf8'), key.publicKey, signature)
}
