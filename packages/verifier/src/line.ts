import { decodeUtf8, utf8 } from './bytes.ts'
import { readCanonicalJson, type JsonObject, type Span } from './canonical-json.ts'
import type { Findings } from './findings.ts'
import { isObject } from './shape.ts'

/** In a line, values of opened parts are nested this deep: line, receipt, parts, part, value. */
const partValueDepth = 5
const byteOrderMark = [0xef, 0xbb, 0xbf] as const

/** One line of canonical JSON, or one section of it, still knowing which bytes its part values are made of. */
export class Line {
  /** For findings: `line 3`, `section export`. */
  readonly where: string
  readonly bytes: Uint8Array
  readonly value: JsonObject
  readonly #text: string
  readonly #spans: ReadonlyMap<object, Span>

  private constructor(
    where: string,
    bytes: Uint8Array,
    text: string,
    value: JsonObject,
    spans: ReadonlyMap<object, Span>,
  ) {
    this.where = where
    this.bytes = bytes
    this.value = value
    this.#text = text
    this.#spans = spans
  }

  /** Reads the bytes before the line's end; reports what breaks a rule and gives `undefined` then. */
  static read(number: number, bytes: Uint8Array, findings: Findings): Line | undefined {
    return Line.readText(`line ${number}`, bytes, partValueDepth, findings)
  }

  /** @param valueDepth how deep the values of opened parts are nested; 0 when `bytesOf` is not needed. */
  static readText(
    where: string,
    bytes: Uint8Array,
    valueDepth: number,
    findings: Findings,
  ): Line | undefined {
    if (byteOrderMark.every((byte, i) => bytes[i] === byte)) {
      findings.red(where, 'utf8_invalid', 'It begins with a byte order mark.')
      return undefined
    }
    const text = decodeUtf8(bytes)
    if (text === undefined) {
      findings.red(where, 'utf8_invalid', 'It is not UTF-8.')
      return undefined
    }
    const json = readCanonicalJson(text, valueDepth)
    if (!json.ok) {
      findings.red(where, json.rule, `It is not canonical JSON: ${json.message}.`)
      return undefined
    }
    if (!isObject(json.value)) {
      findings.red(where, 'line_shape', 'It is not an object.')
      return undefined
    }
    return new Line(where, bytes, text, json.value, json.spans)
  }

  /** The canonical JSON bytes of a part's value that was read from this line: the line's own bytes, not a new encoding. */
  bytesOf(partValue: JsonObject): Uint8Array {
    const span = this.#spans.get(partValue)
    if (span === undefined) throw new Error('this object is not a part value of this line')
    // With one byte per character throughout, positions in text and bytes are the same.
    const isAscii = this.#text.length === this.bytes.length
    return isAscii ? this.bytes.subarray(span.start, span.end) : utf8(this.#text.slice(span.start, span.end))
  }
}
