import assert from 'node:assert/strict'

// A bundle's line adds seven levels around a value, and readers refuse more than 64.
const deepest = 48

/**
 * RFC 8785 canonical JSON of a receipt's part. Text that is no well-formed Unicode is repaired (U+FFFD), because what
 * a caller sends, such as a name in a denial, must never make its own receipt impossible to write.
 */
export function partJson(value: unknown): string {
  return canonical(value, 0)
}

// Nearly all text of a receipt: printable ASCII that JSON writes as it is.
const plain = /^[ !#-[\]-~]*$/

// By hand: receipts are written on every call, and this takes half the time of the general serialiser in the kernel.
function canonical(value: unknown, depth: number): string {
  if (typeof value === 'string')
    return plain.test(value) ? `"${value}"` : JSON.stringify(value.toWellFormed())
  if (typeof value === 'number') {
    assert(Number.isFinite(value), 'a number in a receipt is finite')
    return JSON.stringify(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  assert(typeof value === 'object', 'a receipt holds JSON')
  assert(depth < deepest, 'a receipt is not nested deeply')
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonical(item, depth + 1)).join(',')}]`
  const members = value as Readonly<Record<string, unknown>>
  let text = '{'
  for (const name of Object.keys(members).sort()) {
    const member = members[name]
    if (member === undefined) continue
    if (text.length > 1) text += ','
    text += `${canonical(name, depth)}:${canonical(member, depth + 1)}`
  }
  return `${text}}`
}
