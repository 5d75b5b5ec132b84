/** Stands for a value that was taken out of a text; the character after it says of which column. */
export const holeMark = '\u0001'
const firstColumn = 0x30

export type HoleKind = 'id' | 'hash' | 'number'

/** What was taken out: 32 or 64 hexadecimal digits, or a whole number. */
export interface Hole {
  readonly column: number
  readonly value: string
}

export interface Template {
  /** The text with marks in the place of what was taken out. */
  readonly text: string
  readonly holes: readonly Hole[]
}

export interface HoleColumn {
  /** The part and the name of the member that the value, or the list it stands in, belongs to: `subject.run`. */
  readonly name: string
  readonly kind: HoleKind
}

/** A further one would be a member name that somebody chose, such as a parameter in a denial. */
const mostColumns = 96

// A member's name with the whole number that it may have, or digits of an id or digest at the end of a text.
const token =
  /"([A-Za-z_][A-Za-z0-9_]{0,31})":(?:(0|[1-9][0-9]{0,14})(?=[,}]))?|(?<=["_:])([0-9a-f]{64}|[0-9a-f]{32})(?=")/g

/**
 * Takes the values out of a part's text that differ from receipt to receipt: ids, digests and numbers. Works on
 * characters, not on meaning: whatever the text is, filling the holes again gives that text.
 */
export function createTemplates(columns: HoleColumn[]) {
  const known = new Map(columns.map((column, at) => [`${column.name} ${column.kind}`, at]))

  function columnOf(name: string, kind: HoleKind): number | undefined {
    const key = `${name} ${kind}`
    let column = known.get(key)
    if (column === undefined && columns.length < mostColumns) {
      column = columns.push({ name, kind }) - 1
      known.set(key, column)
    }
    return column
  }

  /** @returns undefined for a text that cannot have marks, because it holds one. */
  return function templateOf(part: string, json: string): Template | undefined {
    if (json.includes(holeMark)) return undefined
    const holes: Hole[] = []
    let text = ''
    let kept = 0
    let member = ''
    token.lastIndex = 0
    for (let found = token.exec(json); found !== null; found = token.exec(json)) {
      const [, name, number, hex] = found
      if (name !== undefined) member = name
      const value = number ?? hex
      if (value === undefined) continue
      const kind = number !== undefined ? 'number' : value.length === 64 ? 'hash' : 'id'
      const column = columnOf(`${part}.${member}`, kind)
      if (column === undefined) continue
      const end = token.lastIndex
      text += json.slice(kept, end - value.length) + holeMark + String.fromCharCode(firstColumn + column)
      kept = end
      holes.push({ column, value })
    }
    return { text: text + json.slice(kept), holes }
  }
}

/** The texts between the holes of a template, and the columns of the holes. */
export interface Skeleton {
  readonly texts: readonly string[]
  readonly columns: readonly number[]
}

export function skeletonOf(text: string): Skeleton {
  const [first = '', ...rest] = text.split(holeMark)
  return {
    texts: [first, ...rest.map((each) => each.slice(1))],
    columns: rest.map((each) => each.charCodeAt(0) - firstColumn),
  }
}
