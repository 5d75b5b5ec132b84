import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** RFC 8785. */
export function jcs(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('only JSON values have a canonical form')
  return text
}

/** SHA-256 of the canonical JSON `{path: sha256}`. */
export function digestOfFiles(files: ReadonlyMap<string, Uint8Array>): string {
  return sha256(jcs(Object.fromEntries([...files].map(([path, bytes]) => [path, sha256(bytes)]))))
}
