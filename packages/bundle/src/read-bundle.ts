import { rawBytes, readContainer } from './container.ts'
import type { Section } from './container.ts'
import {
  commitmentsAt,
  fixedAt,
  fixedBytes,
  fixedFields,
  hashBytes,
  mostGroupReceipts,
  partNames,
} from './entry-fields.ts'
import type { PartName } from './entry-fields.ts'
import { BundleUnreadable } from './unreadable.ts'
import { Varints } from './varints.ts'

/** A bundle taken apart. Form is checked as far as rewriting needs it; nothing here says that a bundle is true. */
export interface ReadBundle {
  readonly manifest: ReadManifest
  readonly groups: readonly ReadGroup[]
  readonly documents: readonly ReadDocument[]
  /** JSON of the sections. */
  readonly export: ReadExport
  readonly trailer: unknown
  readonly sections: readonly Section[]
}

export interface ReadManifest {
  readonly kind: string
  readonly scope: Readonly<Record<string, unknown>>
  readonly documents: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[]
  readonly [member: string]: unknown
}

export interface ReadDocument {
  readonly name: string
  /** Missing when it is withheld. */
  readonly section: Section | undefined
}

export interface ReadExport {
  readonly entry: string
  readonly index: number
  readonly log: number
  readonly parts: Readonly<Partial<Record<PartName, { readonly salt: string; readonly value: unknown }>>>
}

const fixedColumns = ['head', 'index', 'fixed']
const partColumns = ['opened', 'salt', 'values', 'value', 'commitment']
/** The sections of a group, in order. */
const columnsOf = {
  full: [
    ...fixedColumns,
    'check',
    ...partNames.flatMap((part) => partColumns.map((column) => `${part}/${column}`)),
  ],
  folded: [...fixedColumns, 'leaf'],
} as const

/** @throws {BundleUnreadable} when the file is no bundle of version 2, or was damaged. */
export function readBundle(file: Uint8Array): ReadBundle {
  const sections = readContainer(file)
  const byName = new Map(sections.map((section) => [section.name, section]))
  if (byName.size !== sections.length) throw new BundleUnreadable('layout', 'a section occurs twice')
  const manifest = json(byName, 'manifest') as ReadManifest
  if (!Array.isArray(manifest?.documents))
    throw new BundleUnreadable('section manifest', 'it lists no documents')
  const groups: ReadGroup[] = []
  while (byName.has(`group/${groups.length}/head`))
    groups.push(new ReadGroup(`group/${groups.length}`, byName))
  const documents = manifest.documents.map(({ name }, place) => ({
    name,
    section: byName.get(`document/${place}`),
  }))
  const expected = [
    'manifest',
    ...groups.flatMap(({ name, form }) => columnsOf[form].map((column) => `${name}/${column}`)),
    ...documents.flatMap(({ section }) => section?.name ?? []),
    'export',
    'trailer',
  ]
  const wrong = expected.findIndex((name, place) => sections[place]?.name !== name)
  if (wrong !== -1 || sections.length !== expected.length)
    throw new BundleUnreadable(
      `section ${sections[wrong]?.name ?? 'trailer'}`,
      'it is not the one that belongs there',
    )
  return {
    manifest,
    groups,
    documents,
    export: json(byName, 'export') as ReadExport,
    trailer: json(byName, 'trailer'),
    sections,
  }
}

function json(sections: ReadonlyMap<string, Section>, name: string): unknown {
  try {
    return JSON.parse(Buffer.from(rawBytes(sectionOf(sections, name))).toString('utf8'))
  } catch (cause) {
    if (cause instanceof BundleUnreadable) throw cause
    throw new BundleUnreadable(`section ${name}`, 'it is not JSON')
  }
}

function sectionOf(sections: ReadonlyMap<string, Section>, name: string): Section {
  const section = sections.get(name)
  if (section === undefined) throw new BundleUnreadable(`section ${name}`, 'it is missing')
  return section
}

/** The receipts of one log, up to 65,536 of them. Columns are inflated when they are asked for. */
export class ReadGroup {
  readonly name: string
  readonly form: 'full' | 'folded'
  readonly count: number
  readonly log: number
  readonly #sections: ReadonlyMap<string, Section>
  #fixed: Uint8Array | undefined

  constructor(name: string, sections: ReadonlyMap<string, Section>) {
    const { count, form, log } = json(sections, `${name}/head`) as {
      count?: unknown
      form?: unknown
      log?: unknown
    }
    if (form !== 'full' && form !== 'folded')
      throw new BundleUnreadable(`section ${name}/head`, 'its form is unknown')
    if (
      !Number.isInteger(count) ||
      Number(count) < 1 ||
      Number(count) > mostGroupReceipts ||
      !Number.isInteger(log)
    )
      throw new BundleUnreadable(`section ${name}/head`, 'its count or log is out of range')
    this.name = name
    this.form = form
    this.count = Number(count)
    this.log = Number(log)
    this.#sections = sections
  }

  column(name: string, bytes?: number): Uint8Array {
    const section = sectionOf(this.#sections, `${this.name}/${name}`)
    const raw = rawBytes(section)
    if (bytes !== undefined && raw.length !== bytes)
      throw new BundleUnreadable(
        `section ${section.name}`,
        `it has ${raw.length} bytes in the place of ${bytes}`,
      )
    return raw
  }

  indices(): readonly number[] {
    const varints = new Varints(this.column('index'), `section ${this.name}/index`)
    let index = 0
    const indices = Array.from({ length: this.count }, () => (index += varints.next()))
    varints.expectEnd()
    return indices
  }

  /** Bytes 4 to 111 of the receipt at `place`. */
  fixedOf(place: number): Buffer {
    const fixed = (this.#fixed ??= this.column('fixed', this.count * fixedBytes))
    const bytes = Buffer.alloc(fixedBytes)
    for (const { from, to } of fixedFields) {
      const length = to - from
      const start = (from - fixedAt) * this.count + place * length
      bytes.set(fixed.subarray(start, start + length), from - fixedAt)
    }
    return bytes
  }

  /** Ids as the product writes them: `rct_` and 32 hexadecimal digits. */
  receiptIdOf(place: number): string {
    return `rct_${this.fixedOf(place).toString('hex', 0, 16)}`
  }

  part(name: PartName): ReadPart {
    return new ReadPart(this, name)
  }

  /** Entries of a full group, rebuilt. `commit` answers the commitment of an opened part. */
  *receipts(commit: (part: number, salt: Uint8Array, json: Uint8Array) => Uint8Array) {
    const indices = this.indices()
    const parts = partNames.map((name) => this.part(name).cursor())
    for (const [place, index] of indices.entries()) {
      const entry = Buffer.alloc(commitmentsAt + partNames.length * hashBytes)
      entry.write('SBR\x01', 'latin1')
      this.fixedOf(place).copy(entry, fixedAt)
      const opened: Partial<Record<PartName, { salt: Uint8Array; json: string }>> = {}
      for (const [at, name] of partNames.entries()) {
        const part = parts[at]?.next()
        if (part === undefined) continue
        if ('commitment' in part) entry.set(part.commitment, commitmentsAt + at * hashBytes)
        else {
          entry.set(commit(at + 1, part.salt, part.value), commitmentsAt + at * hashBytes)
          opened[name] = { salt: part.salt, json: Buffer.from(part.value).toString('utf8') }
        }
      }
      yield { index, entry, parts: opened }
    }
  }
}

/** One part of all receipts of a group. */
export class ReadPart {
  readonly values: readonly Uint8Array[]
  readonly #name: string
  readonly #count: number
  readonly #opened: Uint8Array
  readonly #salts: Uint8Array
  readonly #commitments: Uint8Array
  readonly #refs: readonly number[]

  constructor(group: ReadGroup, name: PartName) {
    const where = `section ${group.name}/${name}`
    const opened = group.column(`${name}/opened`, Math.ceil(group.count / 8))
    let count = 0
    for (let place = 0; place < group.count; place += 1) if (bitOf(opened, place)) count += 1
    const texts = new Varints(group.column(`${name}/values`), `${where}/values`)
    const values: Uint8Array[] = []
    while (!texts.isAtEnd) values.push(texts.take(texts.next()))
    const refs = new Varints(group.column(`${name}/value`), `${where}/value`)
    this.#refs = Array.from({ length: count }, () => {
      const ref = refs.next()
      if (ref >= values.length)
        throw new BundleUnreadable(`${where}/value`, 'it names a value that is not there')
      return ref
    })
    refs.expectEnd()
    this.values = values
    this.#name = where
    this.#count = group.count
    this.#opened = opened
    this.#salts = group.column(`${name}/salt`, count * hashBytes)
    this.#commitments = group.column(`${name}/commitment`, (group.count - count) * hashBytes)
  }

  /** Walks over the receipts of the group in order. */
  cursor() {
    let place = 0
    let openedSoFar = 0
    return {
      next: () => {
        if (place >= this.#count) throw new BundleUnreadable(this.#name, 'it has no more receipts')
        const isOpened = bitOf(this.#opened, place)
        const at = isOpened ? openedSoFar : place - openedSoFar
        place += 1
        if (!isOpened) return { commitment: this.#commitments.subarray(at * hashBytes, (at + 1) * hashBytes) }
        openedSoFar += 1
        const ref = this.#refs[at] ?? 0
        return {
          salt: this.#salts.subarray(at * hashBytes, (at + 1) * hashBytes),
          ref,
          value: this.values[ref] ?? new Uint8Array(),
        }
      },
    }
  }
}

function bitOf(bitmap: Uint8Array, place: number): boolean {
  return (((bitmap[place >> 3] ?? 0) >> (place & 7)) & 1) === 1
}
