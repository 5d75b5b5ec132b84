import { visible } from './visible.ts'

/** Text as one word of a command line: as it is where that is plain, else between quotes in which nothing means anything. */
export function forShell(text: string): string {
  const shown = visible(text)
  return /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`
}
