import { fieldsOf, textKindOf, withoutNull } from '@switchboard/api'
import type { JsonSchema } from '@switchboard/api'

/**
 * Turns the texts of an address into the values that the schema means. A text that cannot be one stays a text, and
 * the gate refuses it by its schema: there is one place that says no.
 */
export function inputFromTexts(
  schema: JsonSchema,
  texts: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const fields = new Map(fieldsOf(schema).map((field) => [field.name, field.schema]))
  return Object.fromEntries(
    Object.entries(texts).map(([name, given]) => {
      const field = fields.get(name)
      return [name, field === undefined ? given : valueOf(field, given)]
    }),
  )
}

function valueOf(given: JsonSchema, text: unknown): unknown {
  const { schema } = withoutNull(given)
  const kind = textKindOf(schema)
  if (kind === 'array') {
    const items = schema.items ?? {}
    return (Array.isArray(text) ? text : [text]).map((one: unknown) => valueOf(items, one))
  }
  if (typeof text !== 'string') return text
  if (kind === 'integer') return /^-?(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : text
  if (kind === 'number') return /^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?$/.test(text) ? Number(text) : text
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}
