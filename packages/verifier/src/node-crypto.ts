import { createPublicKey, hash, verify } from 'node:crypto'
import type { Crypto } from './crypto.ts'

/** DER prefix of an Ed25519 public key (RFC 8410): the 32 raw bytes follow. */
const ed25519SpkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** The port on `node:crypto`. Imported as `@switchboard/verifier/node`, so that browsers never load it. */
export const nodeCrypto: Crypto = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  verifyEd25519(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false
    try {
      const key = createPublicKey({
        key: Buffer.concat([ed25519SpkiPrefix, publicKey]),
        format: 'der',
        type: 'spki',
      })
      return verify(null, message, key, signature)
    } catch {
      // OpenSSL throws for points it cannot read; to a verifier that is one more signature that does not fit.
      return false
    }
  },
}
