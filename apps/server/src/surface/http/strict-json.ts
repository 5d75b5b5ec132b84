export type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly field: string; readonly rule: string }

export interface JsonLimits {
  readonly depth: number
}

/** Keys that reach an object's prototype when a program copies them about. */
const prototypeKeys = new Set(['__proto__', 'constructor', 'prototype'])
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads JSON as a gate should: UTF-8 only, no duplicate keys (two readers would see two requests), no keys that reach
 * a prototype, no deeper than `limits.depth`. An empty body is undefined.
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits): Parsed {
  if (bytes.byteLength === 0) return { ok: true, value: undefined }
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return refuse('', 'must be UTF-8')
  }
  // Before JSON.parse: a refused shape never becomes objects.
  const refused = scan(text, limits)
  if (refused !== undefined) return refused
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return refuse('', 'must be JSON')
  }
}

function refuse(field: string, rule: string) {
  return { ok: false, field, rule } as const
}

interface Level {
  /** Undefined inside an array. */
  readonly keys: Set<string> | undefined
  expectsKey: boolean
}

const quote = 0x22
const backslash = 0x5c

/** Walks the tokens only; whether the text is JSON at all is for JSON.parse to say. */
function scan(text: string, limits: JsonLimits): Parsed | undefined {
  const levels: Level[] = []
  for (let at = 0; at < text.length; at += 1) {
    const level = levels.at(-1)
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at)
        if (end === undefined) return refuse('', 'must be JSON')
        if (level?.expectsKey === true) {
          const refused = checkKey(text.slice(at, end + 1), level)
          if (refused !== undefined) return refused
        }
        at = end
        break
      }
      case 0x7b: // {
      case 0x5b: // [
        if (levels.length === limits.depth)
          return refuse('', `must not be nested deeper than ${limits.depth}`)
        levels.push(
          text[at] === '{' ? { keys: new Set(), expectsKey: true } : { keys: undefined, expectsKey: false },
        )
        break
      case 0x7d: // }
      case 0x5d: // ]
        levels.pop()
        break
      case 0x2c: // ,
        if (level?.keys !== undefined) level.expectsKey = true
        break
      default:
    }
  }
  return undefined
}

function checkKey(literal: string, level: Level): Parsed | undefined {
  level.expectsKey = false
  let key: string
  try {
    // Escapes are one more way to spell the same key.
    key = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1)
  } catch {
    return refuse('', 'must be JSON')
  }
  const shown = key.slice(0, 64)
  if (prototypeKeys.has(key)) return refuse(`/${shown}`, 'is a name that is not allowed')
  if (level.keys?.has(key) === true) return refuse(`/${shown}`, 'is given twice')
  level.keys?.add(key)
  return undefined
}

/** Where the string that opens at `start` closes. Searches by quotes, since a package in base64 is one long string. */
function endOfString(text: string, start: number): number | undefined {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1
    while (text.charCodeAt(before) === backslash) before -= 1
    if ((end - before) % 2 === 1) return end
  }
  return undefined
}
