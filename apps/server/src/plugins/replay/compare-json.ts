export interface Difference {
  /** JSON pointer (RFC 6901); empty for the whole value. */
  readonly path: string
  readonly change: 'added' | 'removed' | 'changed'
}

/** Where two JSON values differ, in the order of the first one's members and then of what the second one adds. */
export function compareJson(expected: unknown, actual: unknown, most: number): readonly Difference[] {
  const differences: Difference[] = []
  const note = (path: string, change: Difference['change']): void => {
    if (differences.length < most) differences.push({ path, change })
  }
  const compare = (before: unknown, now: unknown, path: string): void => {
    if (differences.length >= most || Object.is(before, now)) return
    if (!isContainer(before) || !isContainer(now) || Array.isArray(before) !== Array.isArray(now)) {
      // JSON has one zero.
      if (before !== now) note(path, 'changed')
      return
    }
    for (const name of Object.keys(before)) {
      const at = `${path}/${pointerWord(name)}`
      if (Object.hasOwn(now, name)) compare(before[name], now[name], at)
      else note(at, 'removed')
    }
    for (const name of Object.keys(now)) {
      if (!Object.hasOwn(before, name)) note(`${path}/${pointerWord(name)}`, 'added')
    }
  }
  compare(expected, actual, '')
  return differences
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function pointerWord(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
