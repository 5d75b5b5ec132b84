export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

export type JsonRule =
  | 'utf8_invalid'
  | 'json_invalid'
  | 'json_not_canonical'
  | 'json_duplicate_key'
  | 'json_lone_surrogate'
  | 'json_too_deep'

/** Where a value stands in the text it was read from: `[start, end)` in UTF-16 code units. */
export interface Span {
  readonly start: number
  readonly end: number
}

export type CanonicalJson =
  | { readonly ok: true; readonly value: Json; readonly spans: ReadonlyMap<object, Span> }
  | { readonly ok: false; readonly rule: JsonRule; readonly message: string }

/** Deepest nesting of arrays and objects that is read. */
export const maxJsonDepth = 64

/**
 * Reads text that must be RFC 8785 canonical JSON. Canonical form is checked while reading, not by writing it again: a
 * text passes exactly when re-encoding its value would give the same characters, at a third of the cost, and a refusal
 * can say where. `text` must be well-formed (decoded from strict UTF-8).
 *
 * @param spanDepth objects nested this deep (the outermost is 1) are listed in `spans`; their text is their own canonical form.
 */
export function readCanonicalJson(text: string, spanDepth = 0): CanonicalJson {
  const reader = new CanonicalReader(text, spanDepth)
  try {
    const value = reader.readValue()
    reader.expectEnd()
    return { ok: true, value, spans: reader.spans }
  } catch (refusal) {
    if (refusal instanceof Refusal) return { ok: false, rule: refusal.rule, message: refusal.message }
    throw refusal
  }
}

/** Leaves the recursion at the first character that breaks a rule; never seen outside this file. */
class Refusal extends Error {
  readonly rule: JsonRule
  constructor(rule: JsonRule, message: string) {
    super(message)
    this.rule = rule
  }
}

const quote = 34
const backslash = 92
const shortEscapes = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['b', '\b'],
  ['t', '\t'],
  ['n', '\n'],
  ['f', '\f'],
  ['r', '\r'],
])
const numberAt = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

const namesMet: (string | undefined)[] = Array.from({ length: 1024 }, () => undefined)

class CanonicalReader {
  readonly spans = new Map<object, Span>()
  readonly #text: string
  readonly #spanDepth: number
  #at = 0
  #depth = 0

  constructor(text: string, spanDepth: number) {
    this.#text = text
    this.#spanDepth = spanDepth
  }

  readValue(): Json {
    switch (this.#text.charCodeAt(this.#at)) {
      case quote:
        return this.#readString()
      case 123: // {
        return this.#readObject()
      case 91: // [
        return this.#readArray()
      case 116: // t
        return this.#readWord('true', true)
      case 102: // f
        return this.#readWord('false', false)
      case 110: // n
        return this.#readWord('null', null)
      default:
        return this.#readNumber()
    }
  }

  expectEnd(): void {
    if (this.#at !== this.#text.length) this.#refuseHere('the text goes on after the value')
  }

  #readObject(): JsonObject {
    const start = this.#enter()
    const object: Record<string, Json> = {}
    if (!this.#skip(125)) {
      let previous: string | undefined
      do {
        if (this.#text.charCodeAt(this.#at) !== quote) this.#refuseHere('a member name is expected')
        const name = this.#readName()
        if (previous !== undefined && name <= previous) this.#refuseName(object, name)
        previous = name
        if (!this.#skip(58)) this.#refuseHere('a colon is expected')
        const value = this.readValue()
        // A plain assignment to this one name would set the prototype instead of a member.
        if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true })
        else object[name] = value
      } while (this.#skip(44))
      if (!this.#skip(125)) this.#refuseHere('a comma or } is expected')
    }
    if (this.#depth-- === this.#spanDepth) this.spans.set(object, { start, end: this.#at })
    return object
  }

  /** A member name, from a table of those met before: slicing and hashing the same few names was a third of all reading. */
  #readName(): string {
    const text = this.#text
    const start = this.#at + 1
    let end = start
    let mix = 0
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end)
      if (code === quote) break
      if (code === backslash || code < 32) return this.#readString()
      mix = (mix * 31 + code) & 1023
    }
    const known = namesMet[mix]
    if (known === undefined || known.length !== end - start || !text.startsWith(known, start)) {
      const name = this.#readString()
      // Long names are no names of this format, and would only keep a hostile file's memory alive.
      if (name.length <= 64) namesMet[mix] = name
      return name
    }
    this.#at = end + 1
    return known
  }

  #readArray(): readonly Json[] {
    this.#enter()
    const items: Json[] = []
    if (!this.#skip(93)) {
      do items.push(this.readValue())
      while (this.#skip(44))
      if (!this.#skip(93)) this.#refuseHere('a comma or ] is expected')
    }
    this.#depth--
    return items
  }

  #readString(): string {
    const text = this.#text
    const start = this.#at + 1
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === quote) {
        this.#at = at + 1
        return text.slice(start, at)
      }
      if (code === backslash || code < 32) return this.#readStringWithEscapes(start, at)
    }
    return this.#refuse('json_invalid', 'the text ends inside a string')
  }

  #readStringWithEscapes(start: number, firstSpecial: number): string {
    const text = this.#text
    let value = text.slice(start, firstSpecial)
    let at = firstSpecial
    while (at < text.length) {
      const code = text.charCodeAt(at)
      if (code === quote) {
        this.#at = at + 1
        return value
      }
      this.#at = at
      if (code < 32) this.#refuse('json_invalid', 'a control character stands in a string unescaped')
      if (code === backslash) {
        value += this.#readEscape()
        at = this.#at
        continue
      }
      value += text[at++]
    }
    return this.#refuse('json_invalid', 'the text ends inside a string')
  }

  #readEscape(): string {
    const letter = this.#text[this.#at + 1] ?? ''
    const short = shortEscapes.get(letter)
    if (short !== undefined) {
      this.#at += 2
      return short
    }
    const hex = this.#text.slice(this.#at + 2, this.#at + 6)
    if (letter === '/') return this.#refuse('json_not_canonical', 'a slash is escaped')
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(hex))
      return this.#refuse('json_invalid', 'an escape is not one of JSON')
    const code = Number.parseInt(hex, 16)
    if (code >= 0xd800 && code <= 0xdfff && !this.#surrogateHasPartner(code)) {
      return this.#refuse('json_lone_surrogate', 'a surrogate stands without its partner')
    }
    const character = String.fromCharCode(code)
    // Only control characters are ever escaped this way; JSON.stringify knows which, and in which case of the digits.
    if (code >= 32 || JSON.stringify(character) !== `"\\u${hex}"`) {
      return this.#refuse('json_not_canonical', 'a character is escaped that canonical JSON writes otherwise')
    }
    this.#at += 6
    return character
  }

  #surrogateHasPartner(code: number): boolean {
    return code < 0xdc00 && /^\\u[dD][c-fC-F]/.test(this.#text.slice(this.#at + 6, this.#at + 10))
  }

  #readNumber(): number {
    numberAt.lastIndex = this.#at
    const written = numberAt.exec(this.#text)?.[0]
    if (written === undefined) return this.#refuseHere('a value is expected')
    const value = Number(written)
    if (String(value) !== written) {
      this.#refuse(
        'json_not_canonical',
        `a number is not written as canonical JSON writes it (${String(value)})`,
      )
    }
    this.#at += written.length
    return value
  }

  #readWord<T extends Json>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#refuseHere('a value is expected')
    this.#at += word.length
    return value
  }

  #enter(): number {
    if (++this.#depth > maxJsonDepth) this.#refuse('json_too_deep', `nesting is deeper than ${maxJsonDepth}`)
    return this.#at++
  }

  #skip(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false
    this.#at++
    return true
  }

  #refuseName(object: object, name: string): never {
    if (Object.hasOwn(object, name)) {
      return this.#refuse(
        'json_duplicate_key',
        `the member ${JSON.stringify(name.slice(0, 40))} occurs twice`,
      )
    }
    return this.#refuse(
      'json_not_canonical',
      `the member ${JSON.stringify(name.slice(0, 40))} is out of order`,
    )
  }

  #refuseHere(message: string): never {
    if (' \t\n\r'.includes(this.#text[this.#at] ?? '-')) {
      return this.#refuse('json_not_canonical', 'white space stands between tokens')
    }
    return this.#refuse('json_invalid', message)
  }

  #refuse(rule: JsonRule, message: string): never {
    throw new Refusal(rule, `${message}, at character ${this.#at + 1}`)
  }
}
