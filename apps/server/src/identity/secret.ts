import { randomBytes } from 'node:crypto'
import { sha256Hex } from '../kernel/canonical.ts'

const secretBytes = 32
/** Longer than any secret of ours: whatever exceeds it is unknown without being hashed. */
const longestSecret = 200

/**
 * A secret of 256 random bits in base64url, and the SHA-256 that is kept in its place.
 * A plain hash suffices: nobody can search 2^256 values, so slowing a search down buys nothing.
 *
 * @param prefix lets scanners recognise a leaked token.
 */
export function newSecret(prefix: '' | 'swb_' = ''): { readonly secret: string; readonly sha256: string } {
  const secret = prefix + randomBytes(secretBytes).toString('base64url')
  return { secret, sha256: sha256Hex(secret) }
}

/** What a presented secret is looked up by; undefined for one that cannot be ours. */
export function lookupHash(secret: string): string | undefined {
  return secret.length <= longestSecret ? sha256Hex(secret) : undefined
}
