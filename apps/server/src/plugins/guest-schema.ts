import { Check, Errors } from 'typebox/value'
import type { TSchema } from 'typebox'

/** Keywords that could make checking slow (patterns), endless (references) or that promise more than is checked. */
const unsafe = new Set(['pattern', 'patternProperties', 'format', '$ref', '$dynamicRef', '$recursiveRef', 'propertyNames', 'unevaluatedProperties', 'unevaluatedItems'])
/** Keywords whose keys are names, not keywords. */
const named = new Set(['properties', '$defs', 'definitions', 'dependentSchemas'])
const deepest = 16
const largest = 2_000

/**
 * Checks a value against a schema that a package brought along. The schema is hostile until proven otherwise: it is
 * interpreted, never compiled, and patterns and references are left out, so a check costs at most the size of both.
 *
 * @returns the first thing that does not fit, or undefined.
 */
export function misfit(schema: Readonly<Record<string, unknown>>, value: unknown): { field: string; rule: string } | undefined {
  let nodes = 0
  function tame(node: unknown, depth: number, keysAreNames = false): unknown {
    nodes += 1
    if (depth > deepest || nodes > largest) return true
    if (Array.isArray(node)) return node.map((child) => tame(child, depth + 1))
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(
      Object.entries(node)
        .filter(([key]) => keysAreNames || !unsafe.has(key))
        .map(([key, child]) => [key, tame(child, depth + 1, !keysAreNames && named.has(key))]),
    )
  }
  // A plain JSON Schema is what the library's own types are at run time.
  const tamed = tame(schema, 0) as TSchema
  if (Check(tamed, value)) return undefined
  const error = Errors(tamed, value)[0]
  return { field: (error?.instancePath ?? '').slice(0, 200), rule: (error?.message ?? 'does not fit the schema').slice(0, 300) }
}
