export const partNames = {
  actor: 'who',
  subject: 'what, to what',
  policy: 'under which rules',
  place: 'where, under which markings',
  input: 'digest of what was given',
  output: 'digest of what came of it',
} as const
export type PartName = keyof typeof partNames

export interface PartState {
  readonly name: PartName
  readonly state: 'opened' | 'folded' | 'erased'
  /** Salt and value of an opened part. */
  readonly value: unknown
}

const foldedBytes = 112

/**
 * How far each part of a receipt can still be shown.
 *
 * @param parts those that the server opened.
 * @param entry base64 of the receipt's entry; a folded one is shorter.
 */
export function partStates(parts: unknown, entry: string): readonly PartState[] {
  const opened =
    typeof parts === 'object' && parts !== null ? (parts as Readonly<Record<string, unknown>>) : {}
  const isFolded = atob(entry).length === foldedBytes
  return (Object.keys(partNames) as PartName[]).map((name) => ({
    name,
    state: isFolded ? 'folded' : opened[name] === undefined ? 'erased' : 'opened',
    value: opened[name],
  }))
}

/** Bytes as hex, sixteen a line with their offset, as tools for bytes write them. */
export function hexLines(base64: string): string {
  const bytes = Array.from(atob(base64), (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0'))
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16)
    lines.push(`${at.toString(16).padStart(4, '0')}  ${bytes.slice(at, at + 16).join(' ')}`)
  return lines.join('\n')
}
