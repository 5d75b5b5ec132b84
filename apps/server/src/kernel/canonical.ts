import { hash } from 'node:crypto'
import serialize from 'canonicalize'

/**
 * RFC 8785 canonical JSON of `value`, without a final newline.
 *
 * @throws {TypeError} when the value is not JSON (undefined, bigint, cyclic).
 */
export function canonicalJson(value: unknown): string {
  const text = serialize(value)
  if (text === undefined) throw new TypeError('Only JSON values have a canonical form.')
  return text
}

export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

/** SHA-256 and byte count of the canonical form: how receipts name an input or an output. */
export function digestOf(value: unknown): { readonly sha256: string; readonly bytes: number } {
  const bytes = Buffer.from(canonicalJson(value), 'utf8')
  return { sha256: sha256Hex(bytes), bytes: bytes.byteLength }
}
