import type { TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'

/**
 * The keywords that are checked, by what they hold. Left out: what could make a check slow (patterns, unique items), endless
 * (references) or promise more than is checked (formats), and whatever the library would understand on its own account.
 */
const keywordsThatHold = {
  plain: [
    'type',
    'const',
    'enum',
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'multipleOf',
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'minContains',
    'maxContains',
    'minProperties',
    'maxProperties',
  ],
  names: ['required'],
  schema: ['additionalProperties', 'contains', 'not', 'if', 'then', 'else', 'items'],
  list: ['allOf', 'anyOf', 'oneOf', 'prefixItems'],
  map: ['properties', 'dependentSchemas'],
} as const
const kindOf: ReadonlyMap<string, keyof typeof keywordsThatHold> = new Map(
  (Object.keys(keywordsThatHold) as (keyof typeof keywordsThatHold)[]).flatMap((kind) =>
    keywordsThatHold[kind].map((keyword) => [keyword, kind] as const),
  ),
)
const deepest = 16
const largest = 2_000
/** About a second of checking on a slow machine. */
const mostSteps = 300_000
/** Characters and literals that cost about as much as visiting one value. */
const charactersAStep = 16

type Json = unknown
type Tamed = { readonly [keyword: string]: Json } | boolean

export interface Misfit {
  readonly field: string
  readonly rule: string
}

/**
 * Checks a value against a schema that a package brought along. Both are hostile until proven otherwise: the schema is
 * interpreted, never compiled, only known keywords of it are read, and what a check would cost is counted before it is
 * made, since a schema and a value of modest size can take minutes together.
 *
 * What lies deeper than 16 levels is not looked at; a schema of more than 2,000 parts fits nothing.
 *
 * @returns the first thing that does not fit, or undefined.
 */
export function misfit(schema: Readonly<Record<string, unknown>>, value: unknown): Misfit | undefined {
  const tamed = tame(schema)
  if (tamed === undefined)
    return { field: '', rule: `cannot be checked: the schema has more than ${largest} parts` }
  if (stepsOf(tamed, value, mostSteps) > mostSteps) {
    return { field: '', rule: `takes more than ${mostSteps} steps to check against the schema` }
  }
  // A plain JSON Schema is what the library's own types are at run time.
  const checked = tamed as unknown as TSchema
  if (Check(checked, value)) return undefined
  const error = Errors(checked, value)[0]
  return {
    field: (error?.instancePath ?? '').slice(0, 200),
    rule: (error?.message ?? 'does not fit the schema').slice(0, 300),
  }
}

/** The schema's known keywords, those that are well-formed; what is too deep fits everything. Undefined: too large. */
function tame(schema: Json): Tamed | undefined {
  let nodes = 0
  const tamed = node(schema, 0)
  return nodes > largest ? undefined : tamed

  function node(given: Json, depth: number): Tamed {
    nodes += 1
    if (typeof given === 'boolean') return given
    if (!isRecord(given) || depth > deepest || nodes > largest) return true
    const tamed: Record<string, Json> = {}
    for (const [keyword, held] of Object.entries(given)) {
      const kind = kindOf.get(keyword)
      if (kind === 'schema') tamed[keyword] = node(held, depth + 1)
      else if (kind === 'list' && Array.isArray(held))
        tamed[keyword] = held.map((child) => node(child, depth + 1))
      else if (kind === 'map' && isRecord(held)) {
        tamed[keyword] = Object.fromEntries(
          Object.entries(held).map(([name, child]) => [name, node(child, depth + 1)]),
        )
      } else if (kind === 'names' && Array.isArray(held))
        tamed[keyword] = held.filter((name) => typeof name === 'string')
      else if (kind === 'plain' && isPlain(keyword, held)) tamed[keyword] = held
    }
    return tamed
  }
}

function isPlain(keyword: string, held: Json): boolean {
  if (keyword === 'const') return true
  if (keyword === 'enum') return Array.isArray(held)
  if (keyword === 'type') return [held].flat().every((name) => typeof name === 'string')
  return typeof held === 'number' && Number.isFinite(held)
}

/** No fewer steps than a check takes: every branch is counted, also those that a check would skip. Stops above `most`. */
function stepsOf(schema: Tamed, value: Json, most: number): number {
  let steps = 0
  visit(schema, value)
  return steps

  function visit(node: Json, at: Json): void {
    steps += 1
    if (steps > most || !isRecord(node)) return
    if (typeof at === 'string') steps += Math.ceil(at.length / charactersAStep)
    for (const keyword of ['type', 'const', 'enum', 'required'])
      if (typeof node[keyword] === 'object') steps += sizeOf(node[keyword])
    for (const keyword of ['not', 'if', 'then', 'else']) if (keyword in node) visit(node[keyword], at)
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      if (keyword in node) each(node[keyword] as Json[], (child) => visit(child, at))
    if ('dependentSchemas' in node)
      each(Object.values(node['dependentSchemas'] as object), (child) => visit(child, at))
    if (Array.isArray(at)) {
      if ('prefixItems' in node) each(node['prefixItems'] as Json[], (child, i) => visit(child, at[i]))
      for (const keyword of ['items', 'contains'])
        if (keyword in node) each(at, (item) => visit(node[keyword], item))
    } else if (isRecord(at)) {
      const properties = (node['properties'] ?? {}) as Record<string, Json>
      each(Object.keys(properties), (name) =>
        Object.hasOwn(at, name) ? visit(properties[name], at[name]) : (steps += 1),
      )
      if ('additionalProperties' in node)
        each(Object.values(at), (held) => visit(node['additionalProperties'], held))
    }
  }

  function each(list: readonly Json[], act: (item: never, index: number) => unknown): void {
    for (let i = 0; i < list.length && steps <= most; i += 1) act(list[i] as never, i)
  }

  /** Values and stretches of text inside. */
  function sizeOf(held: Json): number {
    let size = 0
    const waiting: Json[] = [held]
    while (waiting.length > 0 && steps + size <= most) {
      const next = waiting.pop()
      size += typeof next === 'string' ? 1 + Math.ceil(next.length / charactersAStep) : 1
      if (typeof next === 'object' && next !== null)
        for (const child of Object.values(next)) waiting.push(child)
    }
    return size
  }
}

function isRecord(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
