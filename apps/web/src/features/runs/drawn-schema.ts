import type { UiSchema } from '@rjsf/utils'

type Json = Readonly<Record<string, unknown>>

/** Keywords that a form draws or checks. Patterns and references are left out, as the server leaves them out: a stranger's schema must not hang the page. */
const plain = new Set([
  'type',
  'const',
  'enum',
  'title',
  'description',
  'default',
  'required',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'minProperties',
  'maxProperties',
])
const deepest = 6
const mostFields = 200
const longText = 300
const secretName = /secret|passw|token|credential|api[-_]?key|private[-_]?key/i

export interface DrawnSchema {
  readonly schema: Json
  readonly uiSchema: UiSchema
  /** Of each row one is needed; each alternative names the fields that it takes, by title. */
  readonly alternatives: readonly (readonly string[])[]
  /** Fields by name, of which each alternative needs all. */
  readonly needs: readonly (readonly string[])[]
  readonly secrets: ReadonlySet<string>
}

/**
 * What of a plugin's input schema a form can draw, or undefined when it is too large, too deep or no object: then the
 * input is written as JSON. The server checks the whole schema in any case.
 */
export function drawnSchema(given: unknown): DrawnSchema | undefined {
  if (!isRecord(given) || !isRecord(given['properties'])) return undefined
  let fields = 0
  let isTooDeep = false
  const schema = part(given, 0)
  if (fields > mostFields || isTooDeep || schema === undefined) return undefined
  const properties = schema['properties'] as Readonly<Record<string, Json>>
  const needs = needsOf(given)
  return {
    schema,
    uiSchema: Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, lookOf(name, property)]),
    ),
    needs,
    alternatives: needs.map((names) => names.map((name) => titleOf(properties[name], name))),
    secrets: new Set(
      Object.entries(given['properties'])
        .filter(([name, property]) => holdsSecret(name, property))
        .map(([name]) => name),
    ),
  }

  function part(node: Json, depth: number): Json | undefined {
    fields += 1
    if (depth > deepest || fields > mostFields) {
      isTooDeep = true
      return undefined
    }
    const kept: Record<string, unknown> = {}
    for (const [keyword, held] of Object.entries(node)) {
      if (plain.has(keyword)) kept[keyword] = held
      else if (keyword === 'items' && isRecord(held)) kept[keyword] = part(held, depth + 1)
      else if (keyword === 'properties' && isRecord(held))
        kept[keyword] = Object.fromEntries(
          Object.entries(held).map(([name, child]) => [
            name,
            isRecord(child) ? part(child, depth + 1) : { title: name },
          ]),
        )
    }
    if (kept['required'] !== undefined && !Array.isArray(kept['required'])) delete kept['required']
    return kept
  }
}

/** What was typed, without fields that hold secrets: only that is kept. */
export function withoutSecrets(drawn: DrawnSchema, value: unknown): unknown {
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !drawn.secrets.has(name))
      .map(([name, held]) => [name, withoutNamedSecrets(held)]),
  )
}

/** What lies deeper goes by its name alone. */
function withoutNamedSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNamedSecrets)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !secretName.test(name))
      .map(([name, held]) => [name, withoutNamedSecrets(held)]),
  )
}

/** True when no alternative is met: `anyOf` of nothing but required fields, as manifests write it. */
export function lacksAlternative({ needs }: DrawnSchema, value: unknown): boolean {
  if (needs.length === 0) return false
  const filled = isRecord(value) ? value : {}
  return !needs.some((names) => names.every((name) => filled[name] !== undefined && filled[name] !== ''))
}

/** Whether a case can be given: as a field of its own, or because any field may be. */
export function takesCase(schema: unknown): boolean {
  if (!isRecord(schema)) return true
  if (isRecord(schema['properties']) && Object.hasOwn(schema['properties'], 'case')) return true
  return schema['additionalProperties'] !== false
}

function needsOf(schema: Json): readonly (readonly string[])[] {
  const given = schema['anyOf'] ?? schema['oneOf']
  if (!Array.isArray(given)) return []
  const needs = given.map((one: unknown) =>
    isRecord(one) && Array.isArray(one['required'])
      ? one['required'].filter((name): name is string => typeof name === 'string')
      : [],
  )
  // An alternative that asks for more than fields is the server's to judge.
  return needs.some((names) => names.length === 0) ? [] : needs
}

function lookOf(name: string, property: Json): UiSchema {
  if (name === 'case') return { 'ui:widget': 'hidden' }
  if (isSecret(name, property)) return { 'ui:widget': 'password' }
  const items = property['items']
  if (property['type'] === 'array' && isRecord(items) && items['type'] === 'string' && !('enum' in items))
    return { 'ui:field': 'lines' }
  const most = property['maxLength']
  if (property['type'] === 'string' && typeof most === 'number' && most > longText)
    return { 'ui:widget': 'textarea' }
  return {}
}

/** Itself, or something in it that the schema declares. */
function holdsSecret(name: string, property: unknown, depth = 0): boolean {
  if (isSecret(name, property)) return true
  if (!isRecord(property) || depth > deepest) return false
  const items = property['items']
  return (
    Object.entries(isRecord(property['properties']) ? property['properties'] : {}).some(([inner, child]) =>
      holdsSecret(inner, child, depth + 1),
    ) ||
    (items !== undefined && holdsSecret('', items, depth + 1))
  )
}

function isSecret(name: string, property: unknown): boolean {
  return (
    secretName.test(name) ||
    (isRecord(property) && (property['writeOnly'] === true || property['format'] === 'password'))
  )
}

function titleOf(property: Json | undefined, name: string): string {
  const title = property?.['title']
  return typeof title === 'string' ? title : name
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
