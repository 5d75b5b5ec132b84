import { decodeUtf8 } from '../bytes.ts'
import { readCanonicalJson, type JsonObject } from '../canonical-json.ts'
import type { Findings } from '../findings.ts'
import type { PartName } from '../part-shapes.ts'
import { isObject } from '../shape.ts'
import { VarintReader } from './varints.ts'

/** The distinct values of one part in one group. */
export class ValueTable {
  readonly bytes: Uint8Array
  /** Value *i* is `bytes` from `starts[i]` to `ends[i]`. */
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** 1 where the value is known to be just a digest: `{"bytes":…,"sha256":"…"}`. */
  readonly isDigest: Uint8Array
  /** Phases and decisions under which a value's members were checked, a bit each. */
  readonly seenUnder: Uint16Array
  readonly #parsed: (JsonObject | undefined)[] = []

  constructor(bytes: Uint8Array, starts: Uint32Array, ends: Uint32Array) {
    this.bytes = bytes
    this.starts = starts
    this.ends = ends
    this.isDigest = new Uint8Array(starts.length)
    this.seenUnder = new Uint16Array(starts.length)
  }

  get count(): number {
    return this.starts.length
  }

  bytesOf(place: number): Uint8Array {
    return this.bytes.subarray(this.starts[place], this.ends[place])
  }

  /** The value as an object; `undefined` when it is none. Digests are read when somebody asks. */
  value(place: number): JsonObject | undefined {
    const known = this.#parsed[place]
    if (known !== undefined || this.isDigest[place] === 0) return known
    return this.read(place)
  }

  /** Reads the value anew; for the rule that it breaks, see `readValues`. */
  read(place: number): JsonObject | undefined {
    const json = readCanonicalJson(decodeUtf8(this.bytesOf(place)) ?? '')
    const value = json.ok && isObject(json.value) ? json.value : undefined
    this.#parsed[place] = value
    return value
  }
}

/**
 * Reads the table of a part's values: canonical JSON, objects, distinct (check 3).
 *
 * @param where for findings: the section's name.
 * @returns `undefined` when the lengths do not add up; values that are wrong are reported and stay in the table.
 */
export function readValues(
  bytes: Uint8Array,
  part: PartName,
  where: string,
  findings: Findings,
): ValueTable | undefined {
  const starts: number[] = []
  const ends: number[] = []
  const reader = new VarintReader(bytes)
  while (reader.left > 0) {
    const length = reader.next()
    if (!reader.ok) {
      findings.red(where, 'group_varint', `The length of value ${starts.length} is not a varint.`)
      return undefined
    }
    if (length > reader.left) {
      findings.red(where, 'group_column', `Value ${starts.length} reaches beyond the section's end.`)
      return undefined
    }
    starts.push(reader.at)
    reader.skip(length)
    ends.push(reader.at)
  }
  const table = new ValueTable(bytes, Uint32Array.from(starts), Uint32Array.from(ends))
  const mayBeDigests = part === 'input' || part === 'output'
  const met = new Set<string>()
  for (let place = 0; place < table.count; place++) {
    const start = table.starts[place] ?? 0
    const end = table.ends[place] ?? 0
    const text = latin1(bytes, start, end)
    if (met.has(text)) findings.red(`${where}, value ${place}`, 'group_value', 'The value occurs twice.')
    met.add(text)
    if (mayBeDigests && isDigestText(text)) table.isDigest[place] = 1
    else if (table.read(place) === undefined) reportValue(table, place, `${where}, value ${place}`, findings)
  }
  return table
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 4096, end)))
  return text
}

const digest = /^\{"bytes":(0|[1-9][0-9]{0,15}),"sha256":"[0-9a-f]{64}"\}$/

/** Exactly the texts that are canonical JSON of a whole number and 64 hex digits, and nothing else. */
function isDigestText(text: string): boolean {
  const bytes = digest.exec(text)?.[1]
  return bytes !== undefined && Number.isSafeInteger(Number(bytes))
}

function reportValue(table: ValueTable, place: number, where: string, findings: Findings): void {
  const text = decodeUtf8(table.bytesOf(place))
  if (text === undefined || text.startsWith('\ufeff'))
    return findings.red(where, 'utf8_invalid', 'The value is not UTF-8, or begins with a byte order mark.')
  const json = readCanonicalJson(text)
  if (json.ok) findings.red(where, 'group_value', 'The value is not an object.')
  else findings.red(where, json.rule, `The value is not canonical JSON: ${json.message}.`)
}
