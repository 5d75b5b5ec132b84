import type { JsonObject } from '../canonical-json.ts'
import type { PartName } from '../part-shapes.ts'
import { isObject, isText } from '../shape.ts'
import type { FlatValueScanner } from './flat-value.ts'

/** Values of a part that say the same as far as deeds and packages go: all that tells receipts of one kind apart is ids. */
export interface Kind {
  /** One value of the kind. Of a flat subject, members that pass (case, run, target) are those of some receipt. */
  readonly value: JsonObject
  readonly operation: string | undefined
}

/** More kinds than this, and looking each up costs more than it saves; then each value is a kind of its own. */
const mostFlatKinds = 4096

/** The kinds of one part, over all groups of a bundle. Kind 0 is that of values that say nothing: digests. */
export class Kinds {
  readonly list: Kind[] = [{ value: {}, operation: undefined }]
  readonly #part: PartName
  readonly #byText = new Map<string, number>()
  readonly #flatByHash = new Map<number, { readonly kind: number; readonly bytes: Uint8Array }[]>()
  #flatKinds = 0

  constructor(part: PartName) {
    this.#part = part
  }

  /** The kind of a value that has been read. */
  of(value: JsonObject): number {
    const key = JSON.stringify(projection(this.#part, value))
    const known = this.#byText.get(key)
    if (known !== undefined) return known
    const kind = this.#add(value)
    this.#byText.set(key, kind)
    return kind
  }

  /**
   * The kind of a flat value, as the scanner has just found it.
   *
   * @param read reads the value; asked once for each kind.
   */
  ofFlat(
    bytes: Uint8Array,
    scanned: FlatValueScanner,
    read: () => JsonObject | undefined,
  ): number | undefined {
    const bucket = this.#flatByHash.get(scanned.kindHash)
    const known = bucket?.find((each) => hasRanges(each.bytes, bytes, scanned))
    if (known !== undefined) return known.kind
    const value = read()
    if (value === undefined) return undefined
    if (this.#flatKinds === mostFlatKinds || (bucket?.length ?? 0) > 8) return this.of(value)
    this.#flatKinds++
    const kind = this.of(value)
    const entry = { kind, bytes: joinRanges(bytes, scanned) }
    if (bucket === undefined) this.#flatByHash.set(scanned.kindHash, [entry])
    else bucket.push(entry)
    return kind
  }

  #add(value: JsonObject): number {
    const { operation } = value
    this.list.push({ value, operation: isText(operation) ? operation : undefined })
    return this.list.length - 1
  }
}

/** What deeds, packages and checks of shape depend on. */
function projection(part: PartName, value: JsonObject): unknown {
  switch (part) {
    case 'actor': {
      const { organisation, user, name, via } = value
      return [organisation, user, name, isObject(via) ? [via.package, via.version, via.digest] : via]
    }
    case 'subject': {
      const { operation, package: name, version, digest } = value
      return [operation, name, version, digest]
    }
    case 'policy':
      return [value.rules]
    case 'output': {
      const { denial, fault } = value
      return [isObject(denial) ? denial.code : denial, isObject(fault) ? fault.code : fault]
    }
    case 'place':
    case 'input':
      return []
  }
}

function hasRanges(kept: Uint8Array, bytes: Uint8Array, { ranges, members }: FlatValueScanner): boolean {
  let at = 0
  for (let i = 0; i < members * 2; i += 2) {
    for (let from = ranges[i] ?? 0; from < (ranges[i + 1] ?? 0); from++)
      if (kept[at++] !== bytes[from]) return false
  }
  return at === kept.length
}

function joinRanges(bytes: Uint8Array, { ranges, members }: FlatValueScanner): Uint8Array {
  const joined: number[] = []
  for (let i = 0; i < members * 2; i += 2) joined.push(...bytes.subarray(ranges[i], ranges[i + 1]))
  return Uint8Array.from(joined)
}
