import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { sha256 } from './canonical.ts'
import { PackRefused } from './pack-refusal.ts'

export interface PublisherKeyPair {
  /** PKCS#8, not encrypted: who holds it publishes in your name. */
  readonly privateKeyPem: string
  /** SPKI: what an administrator pins. */
  readonly publicKeyPem: string
  /** First 16 hexadecimal digits of the SHA-256 of the public key in DER. */
  readonly keyId: string
}

/** Makes an ECDSA P-256 key pair: the kind that Sigstore's tools accept from outside. */
export function generatePublisherKey(): PublisherKeyPair {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKey = createPublicKey(privateKey)
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    keyId: keyIdOf(publicKey),
  }
}

/** @throws {PackRefused} `key_invalid` */
export function readPrivateKey(pem: string): { readonly key: KeyObject; readonly keyId: string } {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (error) {
    throw new PackRefused('key_invalid', 'key', error instanceof Error ? error.message : '')
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new PackRefused('key_invalid', 'key', `It is ${key.asymmetricKeyType ?? 'symmetric'}.`)
  }
  return { key, keyId: keyIdOf(createPublicKey(key)) }
}

function keyIdOf(publicKey: KeyObject): string {
  return sha256(publicKey.export({ type: 'spki', format: 'der' })).slice(0, 16)
}
