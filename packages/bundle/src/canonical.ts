/**
 * RFC 8785 canonical JSON. Members that are undefined are left out.
 *
 * @throws {TypeError} for what is not JSON, and for text that is no well-formed Unicode.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('A lone surrogate has no canonical form.')
    return JSON.stringify(value)
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('A number in JSON is finite.')
    return JSON.stringify(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} is not JSON.`)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    // Not by locale: names are sorted by their UTF-16 code units.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${canonicalJson(name)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}
