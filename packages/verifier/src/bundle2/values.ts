import { decodeUtf8 } from '../bytes.ts'
import { readCanonicalJson, type JsonObject } from '../canonical-json.ts'
import type { Findings } from '../findings.ts'
import type { PartName } from '../part-shapes.ts'
import { isObject } from '../shape.ts'
import { hashOfDigest, isDigestValue } from './digest-value.ts'
import { DistinctBytes, hashOf, hashSeed } from './distinct-bytes.ts'
import { FlatValueScanner } from './flat-value.ts'
import type { Kind, Kinds } from './kinds.ts'
import { VarintReader } from './varints.ts'

/** Kind 0: a digest. It says nothing about the deed. */
const digestKind = 0

/** The distinct values of one part in one group. */
export class ValueTable {
  readonly bytes: Uint8Array
  /** Value *i* is `bytes` from `starts[i]` to `ends[i]`. */
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** The kind of each value, in `kinds`. */
  readonly kindOf: Uint32Array
  /** Phases and decisions under which a value's members were checked, a bit each. */
  readonly seenUnder: Uint16Array
  readonly kinds: Kinds
  readonly #parsed = new Map<number, JsonObject>()

  constructor(bytes: Uint8Array, starts: Uint32Array, ends: Uint32Array, kinds: Kinds) {
    this.bytes = bytes
    this.starts = starts
    this.ends = ends
    this.kinds = kinds
    this.kindOf = new Uint32Array(starts.length)
    this.seenUnder = new Uint16Array(starts.length)
  }

  get count(): number {
    return this.starts.length
  }

  bytesOf(place: number): Uint8Array {
    return this.bytes.subarray(this.starts[place], this.ends[place])
  }

  /** Whether the value is just `{"bytes":…,"sha256":"…"}`. */
  isDigest(place: number): boolean {
    return this.kindOf[place] === digestKind
  }

  kind(place: number): Kind | undefined {
    return this.kinds.list[this.kindOf[place] ?? 0]
  }

  /** The value as an object, read when somebody asks; `undefined` when it is none. */
  value(place: number): JsonObject | undefined {
    const known = this.#parsed.get(place)
    if (known !== undefined) return known
    const json = readCanonicalJson(decodeUtf8(this.bytesOf(place)) ?? '')
    if (!json.ok || !isObject(json.value)) return undefined
    this.#parsed.set(place, json.value)
    return json.value
  }
}

/**
 * Reads the table of a part's values: canonical JSON, objects, distinct (check 3).
 *
 * @param most how many values there can be: each is used by some opened part.
 * @param where for findings: the section's name.
 * @returns `undefined` when the lengths do not add up; values that are wrong are reported and stay in the table.
 */
export function readValues(
  bytes: Uint8Array,
  most: number,
  part: PartName,
  kinds: Kinds,
  where: string,
  findings: Findings,
): ValueTable | undefined {
  const starts = new Uint32Array(most)
  const ends = new Uint32Array(most)
  const reader = new VarintReader(bytes)
  let count = 0
  for (; reader.left > 0; count++) {
    if (count === most) {
      findings.red(where, 'group_value', `There are more values than the ${most} parts that are opened.`)
      return undefined
    }
    const length = reader.next()
    if (!reader.ok) {
      findings.red(where, 'group_varint', `The length of value ${count} is not a varint.`)
      return undefined
    }
    if (length > reader.left) {
      findings.red(where, 'group_column', `Value ${count} reaches beyond the section's end.`)
      return undefined
    }
    starts[count] = reader.at
    reader.skip(length)
    ends[count] = reader.at
  }
  const table = new ValueTable(bytes, starts.subarray(0, count), ends.subarray(0, count), kinds)
  new ValueChecker(table, part, where, findings).check()
  return table
}

class ValueChecker {
  readonly #table: ValueTable
  readonly #mayBeDigests: boolean
  readonly #mayBeFlat: boolean
  readonly #where: string
  readonly #findings: Findings
  readonly #scanner = new FlatValueScanner()

  constructor(table: ValueTable, part: PartName, where: string, findings: Findings) {
    this.#table = table
    this.#mayBeDigests = part === 'input' || part === 'output'
    this.#mayBeFlat = part === 'subject'
    this.#where = where
    this.#findings = findings
  }

  check(): void {
    const table = this.#table
    const distinct = new DistinctBytes(table.bytes, table.starts, table.ends)
    for (let place = 0; place < table.count; place++) {
      const hash = this.#checkOne(place)
      if (!distinct.add(place, hash))
        this.#findings.red(`${this.#where}, value ${place}`, 'group_value', 'The value occurs twice.')
    }
  }

  /** @returns a hash of the value's bytes; values of the same bytes go the same way here. */
  #checkOne(place: number): number {
    const table = this.#table
    const { bytes, kinds } = table
    const start = table.starts[place] ?? 0
    const end = table.ends[place] ?? 0
    if (this.#mayBeDigests && isDigestValue(bytes, start, end)) {
      table.kindOf[place] = digestKind
      return hashOfDigest(bytes, end, hashSeed)
    }
    if (this.#mayBeFlat && this.#scanner.scan(bytes, start, end)) {
      const { hash } = this.#scanner
      table.kindOf[place] = kinds.ofFlat(bytes, this.#scanner, () => table.value(place)) ?? digestKind
      return hash
    }
    const value = table.value(place)
    if (value === undefined) this.#report(place)
    else table.kindOf[place] = kinds.of(value)
    return hashOf(bytes, start, end)
  }

  #report(place: number): void {
    const where = `${this.#where}, value ${place}`
    const text = decodeUtf8(this.#table.bytesOf(place))
    if (text === undefined || text.startsWith('\ufeff')) {
      const message = 'The value is not UTF-8, or begins with a byte order mark.'
      return this.#findings.red(where, 'utf8_invalid', message)
    }
    const json = readCanonicalJson(text)
    if (json.ok) this.#findings.red(where, 'group_value', 'The value is not an object.')
    else this.#findings.red(where, json.rule, `The value is not canonical JSON: ${json.message}.`)
  }
}
