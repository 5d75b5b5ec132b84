/** The JSON Schema that a TypeBox schema is, as far as surfaces read it. */
export interface JsonSchema {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly format?: string
  readonly pattern?: string
  readonly contentEncoding?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  /** Set on instants; see `Instant` in schema.ts. */
  readonly 'x-instant'?: 'ms'
}

export interface Field {
  readonly name: string
  readonly schema: JsonSchema
  readonly required: boolean
}

/** The fields of an object schema in the order they were written. */
export function fieldsOf(schema: JsonSchema): readonly Field[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name,
    schema: field,
    required: required.has(name),
  }))
}

/** `X | null` as X; anything else as it is. */
export function withoutNull(schema: JsonSchema): { readonly schema: JsonSchema; readonly nullable: boolean } {
  const options = schema.anyOf
  if (options === undefined || !options.some((option) => option.type === 'null'))
    return { schema, nullable: false }
  const rest = options.filter((option) => option.type !== 'null')
  const [only] = rest
  return {
    schema: rest.length === 1 && only !== undefined ? only : { ...schema, anyOf: rest },
    nullable: true,
  }
}

/** The texts that a union of string literals allows; undefined for any other schema. */
export function choicesOf(schema: JsonSchema): readonly string[] | undefined {
  const options = schema.anyOf ?? (schema.const === undefined ? [] : [schema])
  const texts = options.map((option) => option.const)
  return texts.length > 0 && texts.every((text) => typeof text === 'string') ? texts : undefined
}

/** What a value is when it arrives as text: in an address or on a command line. */
export type TextKind = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'json'

export function textKindOf(given: JsonSchema): TextKind {
  const { schema } = withoutNull(given)
  if (schema.type === 'string' || choicesOf(schema) !== undefined) return 'string'
  if (
    schema.type === 'integer' ||
    schema.type === 'number' ||
    schema.type === 'boolean' ||
    schema.type === 'array'
  )
    return schema.type
  // A key may be text or a number; text says both.
  if (schema.anyOf?.some((option) => option.type === 'string') === true) return 'string'
  return 'json'
}
