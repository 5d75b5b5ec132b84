const fewChildren = 25
const openDepth = 3

/** The first children, and how many more there are. Nothing of the rest is touched. */
export function childrenOf(
  value: object,
  most: number,
): { readonly some: readonly (readonly [string, unknown])[]; readonly left: number } {
  if (Array.isArray(value)) {
    const some = value.slice(0, most).map((child: unknown, place) => [String(place), child] as const)
    return { some, left: value.length - some.length }
  }
  const keys = Object.keys(value)
  const some = keys
    .slice(0, most)
    .map((key) => [key, (value as Readonly<Record<string, unknown>>)[key]] as const)
  return { some, left: keys.length - some.length }
}

/** The outermost, and what is small enough to be read at a glance. */
export function opensByItself(value: object, depth: number): boolean {
  return depth === 0 || (depth < openDepth && sizeOf(value) <= fewChildren)
}

/** `{ 3 fields }`, `[ 1,204 items ]`; of a few fields their names too. */
export function summaryOf(value: object): string {
  const size = sizeOf(value)
  if (Array.isArray(value)) return `[ ${size.toLocaleString('en')} ${size === 1 ? 'item' : 'items'} ]`
  return `{ ${size.toLocaleString('en')} ${size === 1 ? 'field' : 'fields'} }`
}

/** A text stands in quotation marks, so that "1" and 1 differ; its own line breaks stay. */
export function scalarText(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : String(value)
}

function sizeOf(value: object): number {
  return Array.isArray(value) ? value.length : Object.keys(value).length
}
