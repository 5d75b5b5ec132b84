import { partJson } from '../receipt/part-json.ts'
import { partNames } from '../receipt/receipt-draft.ts'
import type { PartName } from '../receipt/receipt-draft.ts'

/** The text of each part, in the order of {@link partNames}; undefined where a receipt has it no more. */
export type PartTexts = readonly (string | undefined)[]

const sorted = partNames.toSorted()
const placeOf = Object.fromEntries(partNames.map((name, at) => [name, at])) as Record<PartName, number>

/** Parts as they are stored: one JSON object, its members sorted. */
export function joinPartTexts(texts: PartTexts): string {
  const members: string[] = []
  for (const name of sorted) {
    const text = texts[placeOf[name]]
    if (text !== undefined) members.push(`"${name}":${text}`)
  }
  return `{${members.join(',')}}`
}

/**
 * Splits stored parts; undefined when `joinPartTexts` would not give the same text again.
 * By looking for the seams: parsing takes five times as long.
 */
export function splitPartTexts(stored: string): PartTexts | undefined {
  const texts: (string | undefined)[] = Array.from(partNames, () => undefined)
  let from = stored.startsWith('{"actor":') ? 1 : -1
  for (let at = 0; from >= 0 && at < sorted.length; at += 1) {
    const name = sorted[at] as PartName
    const next = sorted[at + 1]
    const begins = from + name.length + 3
    const ends = next === undefined ? stored.length - 1 : stored.indexOf(`,"${next}":{`, begins)
    texts[placeOf[name]] = stored.slice(begins, ends)
    from = ends < 0 ? -1 : ends + 1
  }
  return from >= 0 && joinPartTexts(texts) === stored ? texts : undefined
}

/** The same by parsing: for parts that lack members, or in which a seam occurs twice. */
export function parsePartTexts(stored: string): PartTexts | undefined {
  try {
    const parts: unknown = JSON.parse(stored)
    if (typeof parts !== 'object' || parts === null || Array.isArray(parts)) return undefined
    const members = parts as Readonly<Record<string, unknown>>
    const texts = partNames.map((name) =>
      Object.hasOwn(members, name) ? partJson(members[name]) : undefined,
    )
    return joinPartTexts(texts) === stored ? texts : undefined
  } catch {
    // No JSON that we write: it is kept as the text it is.
    return undefined
  }
}
