import { decodeBase64Into } from './base64.ts'
import { toHex, utf8 } from './bytes.ts'
import type { Json, JsonObject } from './canonical-json.ts'
import type { Crypto } from './crypto.ts'
import { decodeEntry, entryBytes, type Entry, type RetentionClass } from './entry.ts'
import type { Findings } from './findings.ts'
import type { Line } from './line.ts'
import { partNames, partShapeProblem, type OpenedParts, type PartName } from './part-shapes.ts'
import { hasExactly, isCount, isObject, isText } from './shape.ts'

export interface Receipt {
  readonly index: number
  readonly leaf: Uint8Array
  /** `undefined` when a field breaks a rule; the leaf is known all the same. */
  readonly entry: Entry | undefined
  readonly parts: OpenedParts
  readonly redactedParts: number
  /** For findings: `line 3, receipt 17`. */
  readonly where: string
}

const commitmentsOffset = 112
const partTag = utf8('switchboard/part/v1\0')
const saltOffset = partTag.length + 1
const valueOffset = saltOffset + 32
const entryCharacters = Math.ceil(entryBytes / 3) * 4

/** Reads receipts and checks their entries and opened parts. Keeps scratch memory, because bundles hold 100,000s of them. */
export class ReceiptReader {
  /** Parts opened whose commitment was recomputed. */
  openedParts = 0
  readonly #crypto: Crypto
  readonly #findings: Findings
  /** A leaf's message: 0x00, then the entry. */
  readonly #leafMessage = new Uint8Array(1 + entryBytes)
  readonly #entry = this.#leafMessage.subarray(1)
  #partMessage = new Uint8Array(4096)

  constructor(crypto: Crypto, findings: Findings) {
    this.#crypto = crypto
    this.#findings = findings
    this.#partMessage.set(partTag)
  }

  /**
   * Reports what breaks a rule; `undefined` when not even index and leaf hash are known.
   *
   * @param retentionClass what the entry may have.
   */
  read(
    line: Line,
    record: Json | undefined,
    thing: 'receipt' | 'export',
    retentionClass: RetentionClass | 'any' | 'version 1' = 'version 1',
  ): Receipt | undefined {
    const lineWhere = `${line.where}, ${thing}`
    const shown =
      isObject(record) && hasExactly(record, ['check', 'entry', 'index', 'parts']) ? record : undefined
    if (!isText(shown?.check) || !isText(shown.entry) || !isCount(shown.index) || !isObject(shown.parts)) {
      this.#findings.red(
        lineWhere,
        'line_shape',
        `A ${thing} has check, entry, index and parts, and nothing else.`,
      )
      return undefined
    }
    const { check, entry: encoded, index, parts } = shown
    const where = thing === 'receipt' ? `${line.where}, receipt ${index}` : `${lineWhere} (receipt ${index})`
    if (!this.#readEntryBytes(encoded, `${where}, entry`)) return undefined
    const leaf = this.#crypto.sha256(this.#leafMessage)
    if (toHex(leaf.subarray(0, 4)) !== check) {
      this.#findings.red(
        `${where}, entry`,
        'entry_check',
        'The entry does not hash to its check: entry or check is altered.',
      )
    }
    const decoded = decodeEntry(this.#entry, retentionClass)
    if (!decoded.ok) this.#findings.red(`${where}, entry`, decoded.rule, `${capitalised(decoded.message)}.`)
    const entry = decoded.ok ? decoded.entry : undefined
    const opened = this.#openParts(line, parts, entry, where)
    return {
      index,
      leaf,
      entry,
      parts: opened,
      redactedParts: partNames.length - Object.keys(parts).length,
      where,
    }
  }

  #readEntryBytes(encoded: string, where: string): boolean {
    if (encoded.length !== entryCharacters) {
      this.#findings.red(
        where,
        'entry_length',
        `An entry has ${entryBytes} bytes, which are ${entryCharacters} characters of base64.`,
      )
      return false
    }
    const length = decodeBase64Into(encoded, this.#entry, 0)
    if (length === entryBytes) return true
    this.#findings.red(where, 'entry_base64', 'The entry is not canonical base64 of 304 bytes.')
    return false
  }

  #openParts(line: Line, parts: JsonObject, entry: Entry | undefined, where: string): OpenedParts {
    const opened: { [name in PartName]?: JsonObject } = {}
    for (const name of Object.keys(parts)) {
      const number = partNames.findIndex((known) => known === name)
      const known = partNames[number]
      const partWhere = `${where}, part ${name.slice(0, 20)}`
      if (known === undefined) {
        this.#findings.red(
          partWhere,
          'part_unknown',
          `A receipt has the parts ${partNames.join(', ')}, and no others.`,
        )
        continue
      }
      const value = this.#openPart(line, parts[name], number + 1, partWhere)
      if (value === undefined) continue
      const problem = entry && partShapeProblem(known, value, entry)
      if (problem === undefined) opened[known] = value
      else this.#findings.red(partWhere, 'part_shape', `${capitalised(problem)}.`)
    }
    return opened
  }

  #openPart(line: Line, part: Json | undefined, number: number, where: string): JsonObject | undefined {
    if (
      !isObject(part) ||
      !hasExactly(part, ['salt', 'value']) ||
      !isText(part.salt) ||
      !isObject(part.value)
    ) {
      this.#findings.red(where, 'part_shape', 'An opened part has a salt and a value, which is an object.')
      return undefined
    }
    const valueBytes = line.bytesOf(part.value)
    const messageLength = valueOffset + valueBytes.length
    if (this.#partMessage.length < messageLength) {
      this.#partMessage = new Uint8Array(messageLength * 2)
      this.#partMessage.set(partTag)
    }
    const message = this.#partMessage
    if (part.salt.length !== 44 || decodeBase64Into(part.salt, message, saltOffset) !== 32) {
      this.#findings.red(where, 'part_salt', 'The salt is not canonical base64 of 32 bytes.')
      return undefined
    }
    message[partTag.length] = number
    message.set(valueBytes, valueOffset)
    this.openedParts++
    if (this.#isCommitted(this.#crypto.sha256(message.subarray(0, messageLength)), number)) return part.value
    const explanation =
      'Salt and value do not hash to the commitment in the entry: salt, value or entry is altered.'
    this.#findings.red(where, 'part_commitment', explanation)
    return undefined
  }

  #isCommitted(hash: Uint8Array, number: number): boolean {
    const offset = commitmentsOffset + (number - 1) * 32
    for (let i = 0; i < 32; i++) if (hash[i] !== this.#entry[offset + i]) return false
    return true
  }
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
