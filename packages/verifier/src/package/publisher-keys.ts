import { decodeBase64 } from '../base64.ts'
import { toHex } from '../bytes.ts'
import { owned, sha256 } from './bytes.ts'
import { refuse } from './refusal.ts'

/** A key that was pinned outside of any package. */
export interface PublisherKey {
  /** First 16 hexadecimal digits of the SHA-256 of the key's SPKI DER. */
  readonly keyId: string
  readonly spkiPem: string
  readonly publisher: string
}

// Named after what makes it: Node and the browsers each bring a CryptoKey type of their own.
type VerifyingKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** Imports a pinned key, and refuses one that is not ECDSA P-256 or is filed under another id. */
export async function importPublisherKey(key: PublisherKey): Promise<VerifyingKey> {
  const match = /^-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(
    key.spkiPem,
  )
  const der = decodeBase64((match?.[1] ?? '').replace(/\s/g, ''))
  const where = `key ${key.keyId}`
  if (der === undefined || der.length === 0)
    return refuse('pinned_key_invalid', where, 'It is no public key in PEM.')
  if ((await publisherKeyId(der)) !== key.keyId) refuse('pinned_key_invalid', where, 'Its id is another one.')
  try {
    return await crypto.subtle.importKey('spki', owned(der), { name: 'ECDSA', namedCurve: 'P-256' }, false, [
      'verify',
    ])
  } catch {
    // The engines give different errors, and all mean this.
    return refuse('pinned_key_invalid', where, 'It is no ECDSA key on P-256.')
  }
}

export async function publisherKeyId(spkiDer: Uint8Array): Promise<string> {
  return toHex(await sha256(spkiDer)).slice(0, 16)
}
