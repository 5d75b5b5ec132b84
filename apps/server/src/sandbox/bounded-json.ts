import { maxDepth } from './limits.ts'

export type BoundedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: 'not_json' | 'too_deep' }

const quote = 0x22
const backslash = 0x5c

/**
 * Parses JSON of an untrusted sender. `JSON.parse` bears any depth, code that walks the value later may not: depth is
 * checked on the bytes, before a value exists.
 */
export function parseBoundedJson(bytes: Buffer): BoundedJson {
  // Only a long text can be deep; most messages are short.
  if (bytes.length > maxDepth && nestsDeeperThan(bytes, maxDepth)) return { ok: false, reason: 'too_deep' }
  try {
    return { ok: true, value: JSON.parse(bytes.toString('utf8')) }
  } catch {
    // The parser quotes what it read; the caller names what it was.
    return { ok: false, reason: 'not_json' }
  }
}

function nestsDeeperThan(bytes: Buffer, limit: number): boolean {
  let depth = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === quote) {
      at = endOfString(bytes, at)
    } else if (byte === 0x5b || byte === 0x7b) {
      depth += 1
      if (depth > limit) return true
    } else if (byte === 0x5d || byte === 0x7d) {
      depth -= 1
    }
  }
  return false
}

/** `indexOf` runs at memory speed, and most bytes of a large message are inside strings. */
function endOfString(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(quote, start + 1)
  while (end !== -1 && isEscaped(bytes, start, end)) end = bytes.indexOf(quote, end + 1)
  return end === -1 ? bytes.length : end
}

function isEscaped(bytes: Buffer, start: number, at: number): boolean {
  let backslashes = 0
  while (at - 1 - backslashes > start && bytes[at - 1 - backslashes] === backslash) backslashes += 1
  return backslashes % 2 === 1
}
