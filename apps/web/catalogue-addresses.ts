import { catalogue } from '@switchboard/api'
import type { JsonSchema, OperationSpec } from '@switchboard/api'
import type { Plugin } from 'vite'

const name = 'virtual:addresses'
const resolved = `\0${name}`

/**
 * The catalogue as the client needs it: method, path and the kinds of what goes into a query. All of it, with schemas and
 * descriptions, is 80 kB compressed, which the first screen has no use for; forms and the palette load it later.
 */
export function catalogueAddresses(): Plugin {
  return {
    name: 'catalogue-addresses',
    resolveId: (source) => (source === name ? resolved : undefined),
    load: (id) =>
      id === resolved
        ? `export const addresses = JSON.parse(${quoted(JSON.stringify(addresses()))})`
        : undefined,
  }
}

function addresses() {
  const specs: readonly OperationSpec[] = catalogue
  return Object.fromEntries(
    specs.flatMap(({ name: operation, rest, input }) => {
      if (rest === undefined) return []
      const inQuery = rest.method === 'GET' || rest.method === 'DELETE'
      return [[operation, { rest, input: inQuery ? kindsOf(input) : {} }] as const]
    }),
  )
}

/** What the client reads of a schema to write a query, and no more. */
function kindsOf({ type, const: only, items, anyOf, properties }: JsonSchema): JsonSchema {
  return {
    ...(type === undefined ? {} : { type }),
    ...(only === undefined ? {} : { const: only }),
    ...(items === undefined ? {} : { items: kindsOf(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(kindsOf) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([field, schema]) => [field, kindsOf(schema)]),
          ),
        }),
  }
}

/** A text as source: JSON is almost that, but for two marks that end a line there. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}
