import { fieldsOf, textKindOf, valueFromText } from '@switchboard/api'
import type { JsonSchema } from '@switchboard/api'

/** Turns the texts of an address into the values that the schema means. */
export function inputFromTexts(
  schema: JsonSchema,
  texts: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const fields = new Map(fieldsOf(schema).map((field) => [field.name, field.schema]))
  return Object.fromEntries(
    Object.entries(texts).map(([name, given]) => [name, valueOf(fields.get(name) ?? {}, given)]),
  )
}

function valueOf(schema: JsonSchema, given: unknown): unknown {
  if (textKindOf(schema) === 'array') {
    return [given].flat().map((one) => valueOf(schema.items ?? {}, one))
  }
  // A parameter repeated where one value is meant stays a list, and the gate refuses it.
  return typeof given === 'string' ? valueFromText(schema, given) : given
}
