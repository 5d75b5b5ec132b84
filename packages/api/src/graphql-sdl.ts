import { catalogue } from './catalogue.ts'
import { choicesOf, fieldsOf, withoutNull } from './json-schema.ts'
import type { Field, JsonSchema } from './json-schema.ts'
import type { GraphqlBinding, OperationSpec } from './operation.ts'

/** The scalars beyond GraphQL's own. */
export const graphqlScalars = {
  DateTime: 'An instant in RFC 3339, UTC, such as 2026-01-31T12:00:00.000Z.',
  JSON: 'Any JSON value.',
  SafeInt: 'A whole number up to 2^53, past the 32 bits of Int.',
} as const

export interface GraphqlOperation extends OperationSpec {
  readonly graphql: GraphqlBinding
}

/** The operations that GraphQL offers, in the catalogue's order. */
export const graphqlOperations: readonly GraphqlOperation[] = (catalogue as readonly OperationSpec[]).flatMap(
  (spec) => (spec.graphql === undefined ? [] : [{ ...spec, graphql: spec.graphql }]),
)

/** GraphQL argument → input field of an operation. */
export function graphqlArguments(
  spec: GraphqlOperation,
): readonly { readonly argument: string; readonly field: Field }[] {
  return fieldsOf(spec.input as JsonSchema)
    .filter((field) => spec.graphql.omit?.includes(field.name) !== true)
    .map((field) => ({ argument: spec.graphql.arguments?.[field.name] ?? field.name, field }))
}

/**
 * The GraphQL schema of the catalogue as text. Titled shapes keep their title, others are named after their operation;
 * texts with an id's pattern are `ID`, instants `DateTime`, whole numbers past 32 bits `SafeInt`, free JSON `JSON`.
 * Root fields may be null: a refused operation must not take its neighbours in the request with it.
 */
export function graphqlSdl(): string {
  const types = createTypes()
  const root = (kind: GraphqlBinding['kind'], name: string) => {
    const fields = graphqlOperations
      .filter((spec) => spec.graphql.kind === kind)
      .map((spec) => rootField(spec, types))
    return `type ${name} {\n${fields.join('\n\n')}\n}`
  }
  const roots = [root('query', 'Query'), root('mutation', 'Mutation')]
  const scalars = Object.entries(graphqlScalars).map(([name, text]) => described(text, '', `scalar ${name}`))
  return `${[...roots, ...types.definitions(), ...scalars].join('\n\n')}\n`
}

function rootField(spec: GraphqlOperation, types: Types): string {
  const parameters = graphqlArguments(spec).map(({ argument, field }) => {
    const type = types.input(field.schema, `${pascal(spec.name)}${pascal(field.name)}`)
    const value = field.schema.default === undefined ? '' : ` = ${JSON.stringify(field.schema.default)}`
    return `${argument}: ${type}${field.required && type !== 'JSON' ? '!' : ''}${value}`
  })
  const signature = parameters.length === 0 ? '' : `(${parameters.join(', ')})`
  return described(spec.description, '  ', `  ${spec.graphql.field}${signature}: ${rootType(spec, types)}`)
}

function rootType(spec: GraphqlOperation, types: Types): string {
  const { scalar } = spec.graphql
  const output = spec.output as JsonSchema
  if (scalar === undefined) return types.output(output, pascal(spec.name), scalar)
  return types.output(output.properties?.[scalar] ?? {}, pascal(spec.name), scalar)
}

type Types = ReturnType<typeof createTypes>

/** Names and collects the object types as they are met. */
function createTypes() {
  const definitions = new Map<string, string>()

  function typeOf(given: JsonSchema, path: string, field: string | undefined, suffix: '' | 'Input'): string {
    const { schema } = withoutNull(given)
    if (choicesOf(schema) !== undefined) return 'String'
    switch (schema.type) {
      case 'boolean':
        return 'Boolean'
      case 'number':
        return 'Float'
      case 'integer':
        if (schema['x-instant'] !== undefined) return 'DateTime'
        return (schema.maximum ?? Infinity) < 2 ** 31 ? 'Int' : 'SafeInt'
      case 'string':
        return field === 'id' || /^\^[a-z]+_\[0-9a-f\]\{32\}\$$/.test(schema.pattern ?? '') ? 'ID' : 'String'
      case 'array': {
        const item = withoutNull(schema.items ?? {})
        const type = typeOf(item.schema, singular(path), undefined, suffix)
        return `[${type}${item.nullable || type === 'JSON' ? '' : '!'}]`
      }
      case 'object':
        return schema.properties === undefined ? 'JSON' : objectType(schema, path, suffix)
      default:
        return 'JSON'
    }
  }

  function objectType(schema: JsonSchema, path: string, suffix: '' | 'Input'): string {
    const name = `${schema.title ?? path}${suffix}`
    // Entered before its fields, so that types stand in the order they are met.
    const known = definitions.get(name)
    if (known === undefined) definitions.set(name, '')
    const fields = fieldsOf(schema).map((field) => {
      const type = typeOf(field.schema, `${schema.title ?? path}${pascal(field.name)}`, field.name, suffix)
      // null is a JSON value like any other, and GraphQL has but one null.
      const nullable = !field.required || withoutNull(field.schema).nullable || type === 'JSON'
      // What the scalar says of itself is not repeated, and "milliseconds" would be wrong here.
      const description = type === 'JSON' || type === 'DateTime' ? undefined : field.schema.description
      return described(description, '  ', `  ${field.name}: ${type}${nullable ? '' : '!'}`)
    })
    const text = described(
      schema.description,
      '',
      `${suffix === '' ? 'type' : 'input'} ${name} {\n${joinFields(fields)}\n}`,
    )
    if (known !== undefined && known !== '' && known !== text)
      throw new Error(`Two different GraphQL types would be named ${name}.`)
    definitions.set(name, text)
    return name
  }

  return {
    output: (schema: JsonSchema, path: string, field: string | undefined) => typeOf(schema, path, field, ''),
    input: (schema: JsonSchema, path: string) =>
      typeOf(schema, path, path.endsWith('Id') ? 'id' : undefined, 'Input'),
    definitions: () => [...definitions.values()],
  }
}

/** Described fields stand apart, as GraphQL's own printer sets them. */
function joinFields(fields: readonly string[]): string {
  return fields
    .map((field, at) => (at > 0 && field.trimStart().startsWith('"""') ? `\n${field}` : field))
    .join('\n')
}

function described(description: string | undefined, indent: string, text: string): string {
  if (description === undefined) return text
  const safe = description.replaceAll('\\', '\\\\').replaceAll('"""', '\\"""')
  // The printer breaks after long first lines; one line is short enough to read and always the same.
  return safe.length > 70 || safe.endsWith('"')
    ? `${indent}"""\n${indent}${safe}\n${indent}"""\n${text}`
    : `${indent}"""${safe}"""\n${text}`
}

function pascal(name: string): string {
  return name.replaceAll(/(?:^|[._])([a-z])/g, (_whole, letter: string) => letter.toUpperCase())
}

function singular(name: string): string {
  return name.endsWith('ies')
    ? `${name.slice(0, -3)}y`
    : name.endsWith('s') && !name.endsWith('ss')
      ? name.slice(0, -1)
      : name
}
