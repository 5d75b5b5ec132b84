/** What a module shows of itself. A function is written by its type, such as `(i32) -> (i64)`. */
export interface ModuleSurface {
  readonly imports: readonly { readonly module: string; readonly name: string; readonly is: string }[]
  readonly exports: ReadonlyMap<string, string>
  readonly memory: 'none' | 'plain' | 'shared' | '64-bit'
}

const valueTypes = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
])
const kinds = ['function', 'table', 'memory', 'global', 'tag']

/**
 * Reads types, imports, exports and the kind of memory; everything else is passed over.
 *
 * @param bytes begins with the eight bytes of a core module
 * @throws {RangeError} when it is cut off or uses types of other proposals
 */
export function readModule(bytes: Uint8Array): ModuleSurface {
  const sections = readSections(bytes)
  const types = list(sections.get(1), readType)
  const typeName = (index: number | undefined) => types[index ?? -1] ?? 'a function without a type'
  const imports = list(sections.get(2), (from) => {
    const module = from.name()
    const name = from.name()
    const kind = from.byte()
    if (kind === 0) return { module, name, type: from.number() }
    skipImported(from, kind)
    return { module, name, kind }
  })
  const imported = imports.flatMap(({ type }) => (type === undefined ? [] : [type]))
  const functions = [...imported, ...list(sections.get(3), (from) => from.number())]
  const exports = list(sections.get(7), (from) => {
    const name = from.name()
    const kind = from.byte()
    const index = from.number()
    return [name, kind === 0 ? typeName(functions[index]) : kindName(kind)] as const
  })
  return {
    imports: imports.map(({ module, name, type, kind }) => ({
      module,
      name,
      is: kind === undefined ? typeName(type) : `a ${kindName(kind)}`,
    })),
    exports: new Map(exports),
    memory: memoryOf(sections.get(5)),
  }
}

function kindName(kind: number): string {
  return kinds[kind] ?? 'unknown'
}

function memoryOf(section: Bytes | undefined): ModuleSurface['memory'] {
  if (section === undefined || section.number() === 0) return 'none'
  const flags = section.byte()
  if (flags === 2 || flags === 3) return 'shared'
  return flags > 1 ? '64-bit' : 'plain'
}

function readType(from: Bytes): string {
  if (from.byte() !== 0x60) throw new RangeError('it uses garbage-collected types')
  const values = () =>
    Array.from({ length: from.length() }, () => {
      const type = valueTypes.get(from.byte())
      if (type === undefined) throw new RangeError('it uses garbage-collected types')
      return type
    }).join(', ')
  return `(${values()}) -> (${values()})`
}

function skipImported(from: Bytes, kind: number): void {
  // A table begins with the type of its entries, a tag with its kind.
  if (kind === 1 || kind === 4) from.byte()
  if (kind === 4) from.number()
  if (kind === 3) {
    from.byte()
    from.byte()
  }
  if (kind === 1 || kind === 2) {
    const hasMaximum = from.byte() % 2 === 1
    from.number()
    if (hasMaximum) from.number()
  }
}

function readSections(bytes: Uint8Array): ReadonlyMap<number, Bytes> {
  const from = new Bytes(bytes, 8)
  const sections = new Map<number, Bytes>()
  while (!from.done) {
    const id = from.byte()
    const part = from.part(from.length())
    // Custom sections may come several times; nothing here reads them.
    if (id !== 0) sections.set(id, part)
  }
  return sections
}

function list<T>(section: Bytes | undefined, read: (from: Bytes) => T): T[] {
  return section === undefined ? [] : Array.from({ length: section.length() }, () => read(section))
}

/** A cursor over bytes that does not pass their end. */
class Bytes {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new RangeError('it ends too early')
    this.#at += 1
    return byte
  }

  /** Unsigned LEB128 of 32 bits. */
  number(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a number is too long')
  }

  /** Of what follows: never more than the bytes that are left. */
  length(): number {
    const length = this.number()
    if (length > this.#bytes.length - this.#at) throw new RangeError('it ends too early')
    return length
  }

  name(): string {
    return new TextDecoder().decode(this.part(this.length()).#bytes)
  }

  part(length: number): Bytes {
    const part = new Bytes(this.#bytes.subarray(this.#at, this.#at + length))
    this.#at += length
    return part
  }
}
