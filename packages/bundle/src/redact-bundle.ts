import { hash } from 'node:crypto'
import { rawBytes, writeContainer } from './container.ts'
import type { Section } from './container.ts'
import { partNames } from './entry-fields.ts'
import type { PartName } from './entry-fields.ts'
import { PartColumn } from './group-writer.ts'
import { readBundle } from './read-bundle.ts'
import type { ReadBundle, ReadGroup } from './read-bundle.ts'

/** What to close; at least one of them says something. */
export interface Redaction {
  /** Parts to close: of `receipts` where those are named, else of all. */
  readonly parts?: readonly PartName[]
  /** Ids of receipts to close: their `parts` where those are named, else all six. */
  readonly receipts?: readonly string[]
  /** Every part that says this text is closed, whatever else is asked: the id of a person. */
  readonly person?: string
  /** Names of documents to withhold. */
  readonly documents?: readonly string[]
}

/** Something that cannot be closed, and why. */
export interface Refusal {
  readonly code:
    | 'receipt_absent'
    | 'receipt_folded'
    | 'export_stays'
    | 'statement_stays'
    | 'document_absent'
    | 'person_absent'
    | 'person_in_manifest'
    | 'person_in_export'
    | 'person_in_document'
  readonly what: string
  readonly message: string
}

export type Redacted =
  | {
      readonly ok: true
      readonly bytes: Buffer
      /** Receipts of which at least one part was closed now, and how many parts. */
      readonly receipts: number
      readonly parts: number
      readonly documents: number
      /** Receipts whose subject and output stay open, because a statement needs them. */
      readonly kept: readonly string[]
    }
  | { readonly ok: false; readonly refusals: readonly Refusal[] }

/**
 * Closes parts of receipts and withholds documents; what stays proves the same as before. Needs neither the operator nor
 * a key, and does not verify: what was wrong in the file is wrong in the new one.
 *
 * @throws {BundleUnreadable} when the file is no bundle of version 2, or was damaged.
 */
export function redactBundle(file: Uint8Array, redaction: Redaction): Redacted {
  const bundle = readBundle(file)
  const needed = receiptsOfStatements(bundle)
  const choice = choose(bundle, redaction, needed)
  if (choice.refusals.length > 0) return { ok: false, refusals: choice.refusals }
  const rewritten = new Map<string, Section>()
  for (const { group, closed } of choice.groups) {
    for (const [place, name] of partNames.entries()) {
      const isClosed = closed[place]
      if (isClosed === undefined || !isClosed.includes(1)) continue
      for (const section of rewritePart(group, name, isClosed)) rewritten.set(section.name, section)
    }
  }
  const withheld = new Set(redaction.documents)
  const gone = new Set(
    bundle.documents.flatMap(({ name, section }) =>
      section !== undefined && withheld.has(name) ? [section.name] : [],
    ),
  )
  const sections = bundle.sections
    .filter(({ name }) => !gone.has(name))
    .map((section) => rewritten.get(section.name) ?? section)
  return {
    ok: true,
    bytes: writeContainer(sections),
    receipts: choice.receipts,
    parts: choice.parts,
    documents: gone.size,
    kept: choice.kept,
  }
}

const statementPrefix = 'statement/'

/** The receipts whose outputs commit to statements: without them what was pruned and folded would prove nothing. */
function receiptsOfStatements({ documents, manifest, groups }: ReadBundle): ReadonlySet<string> {
  const digests = manifest.documents
    .filter(({ name }) => name.startsWith(statementPrefix))
    .map(({ sha256 }) => sha256)
  const found = new Set<string>()
  if (digests.length === 0 || documents.length === 0) return found
  for (const group of groups) {
    if (group.form === 'folded') continue
    const { values, cursor } = textsOf(group, 'output')
    const isStatement = values.map((value) => digests.some((digest) => value.includes(digest)))
    if (!isStatement.includes(true)) continue
    for (let place = 0; place < group.count; place += 1) {
      const part = cursor.next()
      if ('ref' in part && isStatement[part.ref] === true) found.add(group.receiptIdOf(place))
    }
  }
  return found
}

function textsOf(group: ReadGroup, name: PartName) {
  const part = group.part(name)
  return { values: part.values.map((value) => Buffer.from(value).toString('utf8')), cursor: part.cursor() }
}

interface Choice {
  /** For each part, a byte for each receipt: 1 closes it. */
  readonly groups: readonly { readonly group: ReadGroup; readonly closed: readonly Uint8Array[] }[]
  readonly receipts: number
  readonly parts: number
  readonly kept: readonly string[]
  readonly refusals: readonly Refusal[]
}

function choose(bundle: ReadBundle, redaction: Redaction, needed: ReadonlySet<string>): Choice {
  const { parts = [], receipts = [], person } = redaction
  const asked = new Set(receipts)
  const seen = new Set<string>()
  const refusals: Refusal[] = []
  const kept = new Set<string>()
  const refuse = (code: Refusal['code'], what: string, message: string): void =>
    void refusals.push({ code, what, message })
  const isWhole = parts.length === 0 && asked.size > 0
  const isPartAsked = (name: PartName): boolean => isWhole || parts.includes(name)
  const totals = { receipts: 0, parts: 0, named: 0 }

  const groups = bundle.groups.flatMap((group) => {
    const ids = Array.from({ length: asked.size + needed.size === 0 ? 0 : group.count }, (_, place) =>
      group.receiptIdOf(place),
    )
    for (const id of ids) if (asked.has(id)) seen.add(id)
    if (group.form === 'folded') {
      for (const id of ids.filter((each) => asked.has(each)))
        refuse('receipt_folded', id, `Receipt ${id} is folded: its parts are gone already.`)
      return []
    }
    const touched = new Uint8Array(group.count)
    const closed = partNames.map((name) => {
      const { values, cursor } = textsOf(group, name)
      const names = values.map((value) => person !== undefined && says(value, person))
      const isClosed = new Uint8Array(group.count)
      for (let place = 0; place < group.count; place += 1) {
        const part = cursor.next()
        if ('commitment' in part) continue
        const id = ids[place] ?? ''
        const isNamed = names[part.ref] === true
        const isAsked = isPartAsked(name) && (asked.size === 0 || asked.has(id))
        if (isNamed) totals.named += 1
        if (!isNamed && !isAsked) continue
        if (needed.has(id) && (name === 'subject' || name === 'output')) {
          if (isNamed || asked.has(id))
            refuse(
              'statement_stays',
              id,
              `Receipt ${id} vouches for a statement: its ${name} cannot be closed.`,
            )
          else kept.add(id)
          continue
        }
        isClosed[place] = 1
        touched[place] = 1
        totals.parts += 1
      }
      return isClosed
    })
    totals.receipts += touched.reduce((sum, each) => sum + each, 0)
    return [{ group, closed }]
  })

  const exported = `rct_${Buffer.from(bundle.export.entry, 'base64').toString('hex', 4, 20)}`
  for (const id of asked) {
    if (id === exported)
      refuse(
        'export_stays',
        id,
        `Receipt ${id} is that of the export itself, which vouches for the manifest.`,
      )
    else if (!seen.has(id)) refuse('receipt_absent', id, `There is no receipt ${id} in this bundle.`)
  }
  const withheld = new Set(redaction.documents)
  for (const name of withheld) {
    if (!bundle.documents.some((document) => document.name === name))
      refuse('document_absent', name, `There is no document ${name} in this bundle.`)
    else if (name.startsWith(statementPrefix))
      refuse(
        'statement_stays',
        name,
        `Document ${name} is a statement, which proves what was pruned or folded: it cannot be withheld.`,
      )
  }
  if (person !== undefined) {
    let found = totals.named
    const refusePerson = (code: Refusal['code'], message: string): void => {
      found += 1
      refuse(code, person, message)
    }
    for (const { name, section } of bundle.documents) {
      if (
        section === undefined ||
        withheld.has(name) ||
        !says(Buffer.from(rawBytes(section)).toString('utf8'), person)
      )
        continue
      refusePerson(
        'person_in_document',
        `Document ${name} names ${person}. Withhold it as well: --document ${name}`,
      )
    }
    if (says(JSON.stringify(bundle.manifest), person))
      refusePerson(
        'person_in_manifest',
        `The manifest names ${person}, and cannot be changed. Ask the operator for another export.`,
      )
    if (says(JSON.stringify(bundle.export.parts), person))
      refusePerson(
        'person_in_export',
        `The receipt of the export names ${person}, and cannot be changed. Have somebody else export it again.`,
      )
    if (found === 0) refuse('person_absent', person, `No open part names ${person}.`)
  }
  return { groups, receipts: totals.receipts, parts: totals.parts, kept: [...kept], refusals }
}

/** Whether JSON text says something, also inside of a longer text: an id in a sentence gives the person away as well. */
function says(json: string, text: string): boolean {
  return json.includes(JSON.stringify(text).slice(1, -1))
}

function rewritePart(group: ReadGroup, name: PartName, isClosed: Uint8Array): readonly Section[] {
  const column = new PartColumn()
  const cursor = group.part(name).cursor()
  const number = partNames.indexOf(name) + 1
  for (let place = 0; place < group.count; place += 1) {
    const part = cursor.next()
    if ('commitment' in part) column.close(place, part.commitment)
    else if (isClosed[place] === 1) column.close(place, commitmentOf(number, part.salt, part.value))
    else column.open(place, { salt: part.salt, json: Buffer.from(part.value).toString('utf8') })
  }
  return column.sections(`${group.name}/${name}`, group.count)
}

const tag = Buffer.from('switchboard/part/v1\0', 'latin1')

/** docs/reference/evidence-format.md, section 4. */
function commitmentOf(part: number, salt: Uint8Array, json: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', Buffer.concat([tag, Buffer.of(part), salt, json]), 'binary'), 'binary')
}
