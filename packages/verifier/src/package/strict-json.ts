import { refuse } from './refusal.ts'
import type { PackageRefusalCode } from './refusal.ts'

const maxDepth = 64

/**
 * Reads JSON of which all readers have the same idea: valid UTF-8, no byte order mark, no key twice in an
 * object, no lone surrogates, at most 64 levels and `maxBytes` bytes.
 *
 * @param where the file, named in the refusal
 */
export function strictJson(
  bytes: Uint8Array,
  where: string,
  code: PackageRefusalCode,
  maxBytes: number,
): unknown {
  if (bytes.length > maxBytes) refuse(code, where, `It has ${bytes.length} bytes; ${maxBytes} are allowed.`)
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(text)
  } catch (error) {
    return refuse(
      code,
      where,
      `It is not JSON in UTF-8: ${error instanceof Error ? error.message : 'unreadable'}.`,
    )
  }
  checkTokens(text, where, code)
  return value
}

// JSON.parse keeps the last of two equal keys, a reviewer reads the first. The text is known to be JSON here, so
// strings, braces and brackets are all that matters.
function checkTokens(text: string, where: string, code: PackageRefusalCode): void {
  const open: (Set<string> | undefined)[] = []
  for (const [token, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined)
      if (open.length > maxDepth) refuse(code, where, `It is nested deeper than ${maxDepth} levels.`)
    } else if (token === '}' || token === ']') {
      open.pop()
    } else {
      const string = String(JSON.parse(colon === undefined ? token : token.slice(0, -colon.length)))
      if (!string.isWellFormed()) refuse(code, where, 'It holds half a surrogate pair.')
      if (colon === undefined) continue
      const keys = open.at(-1)
      if (keys?.has(string) === true) refuse(code, where, `The key "${string}" occurs twice in one object.`)
      keys?.add(string)
    }
  }
}

/** RFC 8785 for values that came out of {@link strictJson}: ECMAScript's numbers and strings are its own. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
}
