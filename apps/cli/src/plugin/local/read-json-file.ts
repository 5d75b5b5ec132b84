import { readFile } from 'node:fs/promises'
import type { Static, TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'

/** A file of the author's that cannot be understood: which, where in it, and why. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused'
  readonly where: string

  constructor(where: string, message: string) {
    super(message)
    this.where = where
  }
}

/** @throws {FileRefused} when it is no JSON, or does not fit. */
export async function readJsonFile<T extends TSchema>(file: string, schema: T): Promise<Static<T>> {
  const text = await readFile(file, 'utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new FileRefused(file, `It is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  return checkShape(file, value, schema)
}

/** @throws {FileRefused} */
export function checkShape<T extends TSchema>(where: string, value: unknown, schema: T): Static<T> {
  if (Check(schema, value)) return value
  // A name too many is told twice: by the name, as "false", and by the object that has it.
  const error = Errors(schema, value).find(({ keyword }) => keyword !== 'boolean')
  const named = error?.keyword === 'additionalProperties' ? unknownNames(error.params) : undefined
  throw new FileRefused(
    `${where}#${error?.instancePath ?? ''}`,
    named === undefined
      ? `It ${error?.message ?? 'does not fit'}.`
      : `It names ${named}, which means nothing here. Known: ${knownAt(schema, error?.instancePath ?? '').join(', ')}.`,
  )
}

function unknownNames(params: unknown): string | undefined {
  const { additionalProperties } = params as { additionalProperties?: readonly string[] }
  return additionalProperties?.join(', ')
}

/** The names that the schema knows at a place; only ways through objects and lists lead there. */
function knownAt(schema: TSchema, place: string): readonly string[] {
  let at: { properties?: Record<string, unknown>; items?: unknown } = schema
  for (const step of place.split('/').slice(1)) {
    at = ((at.properties?.[step] ?? at.items) as typeof at | undefined) ?? {}
  }
  return Object.keys(at.properties ?? {})
}
