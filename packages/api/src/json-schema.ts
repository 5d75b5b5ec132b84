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
export type TextKind = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'text_or_integer' | 'json'

export function textKindOf(given: JsonSchema): TextKind {
  const { schema } = withoutNull(given)
  if (choicesOf(schema) !== undefined) return 'string'
  switch (schema.type) {
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
    case 'array':
      return schema.type
    default: {
      const types = schema.anyOf?.map((option) => option.type) ?? []
      return types.length === 2 && types.includes('string') && types.includes('integer')
        ? 'text_or_integer'
        : 'json'
    }
  }
}

const integer = /^-?(0|[1-9][0-9]{0,14})$/
const number = /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?$/

/**
 * The value that a text means under its schema. A text that cannot be one stays a text: the gate's schema refuses it,
 * so that there is one place that says no. Where text and number are both allowed, digits are a number unless quoted.
 */
export function valueFromText(schema: JsonSchema, text: string): unknown {
  switch (textKindOf(schema)) {
    case 'integer':
      return integer.test(text) ? Number(text) : text
    case 'number':
      return number.test(text) ? Number(text) : text
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'text_or_integer':
      return integer.test(text) ? Number(text) : unquoted(text)
    case 'string':
    case 'array':
    case 'json':
      return text
  }
}

/** The text that {@link valueFromText} turns back into `value`. */
export function textFromValue(schema: JsonSchema, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  const ambiguous = textKindOf(schema) === 'text_or_integer' && (integer.test(value) || value.startsWith('"'))
  return ambiguous ? JSON.stringify(value) : value
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : text
  } catch {
    return text
  }
}
