import { fieldsOf, textFromValue } from './json-schema.ts'
import type { JsonSchema } from './json-schema.ts'
import type { RestBinding } from './operation.ts'

/**
 * Where a REST call goes: path fields filled in, then the rest as query (GET, DELETE) or as body.
 * Arrays repeat their parameter; undefined fields are left out.
 *
 * @throws {TypeError} when a field of the path is missing.
 */
export function addressOf(
  rest: RestBinding,
  schema: JsonSchema,
  input: Readonly<Record<string, unknown>>,
): { readonly address: string; readonly body?: Readonly<Record<string, unknown>> } {
  const left = { ...input }
  const path = rest.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = left[name]
    delete left[name]
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new TypeError(`${rest.path} needs ${name}.`)
    // A dot segment would be folded away by every URL parser on the road.
    if (value === '.' || value === '..') throw new TypeError(`${name} cannot be ${value}.`)
    return encodeURIComponent(value)
  })
  if (rest.method === 'POST' || rest.method === 'PUT') return { address: path, body: left }
  const query = new URLSearchParams()
  for (const { name, schema: field } of fieldsOf(schema)) {
    const value = left[name]
    if (value === undefined) continue
    const texts = Array.isArray(value)
      ? value.map((one) => textFromValue(field.items ?? {}, one))
      : [textFromValue(field, value)]
    for (const text of texts) query.append(name, text)
  }
  return { address: query.size === 0 ? path : `${path}?${query.toString()}` }
}
