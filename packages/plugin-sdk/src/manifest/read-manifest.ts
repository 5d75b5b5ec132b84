import { Compile } from 'typebox/compile'
import { PackRefused } from '../pack-refusal.ts'
import type { TSchema } from 'typebox'
import { DataManifestSchema, PluginManifestSchema } from './manifest-schema.ts'
import type { Manifest, PluginManifest } from './manifest-schema.ts'

const plugin = Compile(PluginManifestSchema)
const data = Compile(DataManifestSchema)
const maxBytes = 256 * 1024

/**
 * Reads the text of a manifest.json.
 *
 * @throws {PackRefused} `manifest_invalid` or `network_unrestricted`, naming the place by JSON pointer
 */
export function readManifest(text: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid('', error instanceof Error ? error.message : 'It is not JSON.')
  }
  if (Buffer.byteLength(text) > maxBytes) throw invalid('', `It has more than ${maxBytes} bytes.`)
  if (depth(value) > 64) throw invalid('', 'It is nested deeper than 64 levels.')
  if (keysWritten(text) !== keysRead(value)) throw invalid('', 'A key occurs twice in one object.')
  if (/\\ud[89a-f]/i.test(JSON.stringify(value))) throw invalid('', 'It holds half a surrogate pair.')
  return checkManifest(value)
}

/** The same for a value. */
export function checkManifest(value: unknown): Manifest {
  // By kind, because the errors of the other form would only confuse.
  if (!isData(value)) {
    const open = openNetwork(value)
    if (open !== undefined) {
      throw new PackRefused(
        'network_unrestricted',
        `manifest.json#${open}`,
        'Name the hosts instead: "net": ["api.example.org"].',
      )
    }
    if (!plugin.Check(value)) throw firstError(PluginManifestSchema, plugin.Errors(value))
    const twice = statedTwice(value)
    if (twice !== undefined)
      throw invalid('/optionalCapabilities', `${twice} is required already; name it in one place.`)
    return value
  }
  if (!data.Check(value)) throw firstError(DataManifestSchema, data.Errors(value))
  const { columns, key } = value.table
  const types = new Map(columns.map((column) => [column.name, column.type]))
  if (types.size < columns.length) throw invalid('/table/columns', 'A name is there twice.')
  const ends = key.kind === 'exact' ? [key.column] : [key.from, key.to]
  const unknown = ends.find((end) => !types.has(end))
  if (unknown !== undefined) throw invalid('/table/key', `There is no column ${unknown}.`)
  if (
    key.kind === 'range' &&
    (types.get(key.from) !== types.get(key.to) || types.get(key.from) === 'string')
  ) {
    throw invalid('/table/key', 'Both ends of a range must be of type ip, or both integer.')
  }
  return value
}

function isData(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'data'
}

function openNetwork(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const groups = Object.entries(value).filter(
    ([key]) => key === 'capabilities' || key === 'optionalCapabilities',
  )
  const open = groups.find(([, group]) => Object(group).network === true)
  return open === undefined ? undefined : `/${open[0]}/network`
}

/** `group: name` of what is asked for as required and as optional, which says two things about one grant. */
function statedTwice({ capabilities, optionalCapabilities = {}, data: short = [] }: PluginManifest) {
  for (const [group, optional] of Object.entries(optionalCapabilities)) {
    const required: readonly unknown[] = [
      Object.entries(capabilities).find(([name]) => name === group)?.[1] ?? [],
      group === 'data' ? short : [],
    ].flat()
    const twice = Array.isArray(optional)
      ? optional.find((name: unknown) => required.includes(name))
      : undefined
    if (twice !== undefined) return `${group}: ${String(twice)}`
  }
  return undefined
}

interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params?: object
}

/** The first thing that does not fit, with what would: an author should not have to look the schema up. */
function firstError(schema: TSchema, errors: readonly SchemaError[]): PackRefused {
  // A name too many is told twice: by the name, as "false", and by the object that has it.
  const error = errors.find(({ keyword }) => keyword !== 'boolean')
  if (error === undefined) return invalid('', 'It is wrong.')
  const at = schemaAt(schema, error.instancePath)
  const said = ` ${at.description ?? ''}`.trimEnd()
  if (error.keyword === 'additionalProperties') {
    const { additionalProperties: names = [] } = (error.params ?? {}) as {
      additionalProperties?: readonly string[]
    }
    return invalid(
      `${error.instancePath}/${names[0] ?? ''}`,
      `There is no such name here; there are ${Object.keys(at.properties ?? {}).join(', ')}.`,
    )
  }
  if (at.type === 'integer' && at.minimum !== undefined && at.maximum !== undefined)
    return invalid(
      error.instancePath,
      `It must be a whole number from ${at.minimum} to ${at.maximum}.${said}`,
    )
  const named = error.params === undefined ? '' : ` (${JSON.stringify(error.params)})`
  return invalid(error.instancePath, `It ${error.message}${named}.${said}`)
}

interface SchemaPart {
  readonly type?: string
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, SchemaPart>>
  readonly items?: SchemaPart
}

function schemaAt(schema: TSchema, pointer: string): SchemaPart {
  // A TypeBox schema is a JSON Schema at run time; only these parts of it are read.
  let at = schema as SchemaPart
  for (const step of pointer.split('/').slice(1)) at = at.properties?.[step] ?? at.items ?? {}
  return at
}

function invalid(place: string, detail: string): PackRefused {
  return new PackRefused('manifest_invalid', `manifest.json#${place}`, detail)
}

function depth(value: unknown): number {
  let level = 0
  for (let layer: unknown[] = [value]; layer.length > 0 && level < 100; level++) {
    layer = layer.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
    if (layer.every((one) => typeof one !== 'object' || one === null)) return level + 1
  }
  return level
}

// JSON.parse drops all but the last of equal keys, so fewer are read than written.
function keysWritten(text: string): number {
  return [...text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)].filter((match) => match[1] !== undefined)
    .length
}

function keysRead(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const members = Object.values(value)
  return members.reduce<number>(
    (sum, member) => sum + keysRead(member),
    Array.isArray(value) ? 0 : members.length,
  )
}
