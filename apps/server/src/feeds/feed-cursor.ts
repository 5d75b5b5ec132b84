import type { FeedLog } from '../evidence/index.ts'

/** Log number → the first entry that was not read yet. */
export type Position = ReadonlyMap<number, number>

/** `1.500_2.20`: entry 500 of log 1 and entry 20 of log 2 come next. It says nothing that its reader does not know. */
export function writeCursor(position: Position): string {
  return [...position]
    .toSorted(([a], [b]) => a - b)
    .map(([log, next]) => `${log}.${next}`)
    .join('_')
}

/** Where a cursor stands, or the rule that it breaks; a log that it does not name is read from its start. */
export function readCursor(
  text: string | undefined,
  logs: readonly FeedLog[],
):
  | { readonly position: Position }
  | { readonly rule: string }
  | { readonly ahead: FeedLog; readonly index: number } {
  const position = new Map<number, number>()
  for (const part of text === undefined || text === '' ? [] : text.split('_')) {
    const [, number, next] = /^([1-9]\d{0,14})\.(0|[1-9]\d{0,14})$/.exec(part) ?? []
    if (number === undefined || next === undefined) return { rule: 'is no cursor of this server' }
    // A log of others is as unknown as one that never was.
    const log = logs.find((one) => one.number === Number(number))
    if (log === undefined) return { rule: 'names a log that your organisation does not have' }
    if (position.has(log.number)) return { rule: 'names a log twice' }
    if (Number(next) > log.size) return { ahead: log, index: Number(next) }
    position.set(log.number, Number(next))
  }
  return { position }
}
