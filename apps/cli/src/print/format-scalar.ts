import { withoutNull } from '@switchboard/api'
import type { JsonSchema } from '@switchboard/api'

/**
 * One value as people read it. Control characters are shown, never sent: text from a plugin must not move the cursor.
 *
 * @param name the field, whose ending tells the unit.
 */
export function formatScalar(value: unknown, given: JsonSchema, name: string): string {
  const { schema } = withoutNull(given)
  if (value === null || value === undefined) return ''
  if (schema['x-instant'] === 'ms' && typeof value === 'number')
    return new Date(value)
      .toISOString()
      .replace('T', ' ')
      .replace(/\.[0-9]{3}Z$/, 'Z')
  if (name.endsWith('Micros') && typeof value === 'string') return `${group(value)} µ`
  if (name.endsWith('Micros') && typeof value === 'number') return `${(value / 1000).toFixed(1)} ms`
  if (typeof value === 'number') return Number.isInteger(value) ? group(String(value)) : String(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return visible(value)
  return visible(JSON.stringify(value))
}

/** Thousands apart; a number that is a year or a port stays as it is. */
function group(digits: string): string {
  return digits.length <= 4 ? digits : digits.replaceAll(/\B(?=(\d{3})+$)/g, ' ')
}

export function visible(text: string): string {
  return text.replaceAll(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
