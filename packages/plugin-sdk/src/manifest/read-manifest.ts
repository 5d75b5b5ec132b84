import { Compile } from 'typebox/compile'
import { PackRefused } from '../pack-refusal.ts'
import { DataManifestSchema, PluginManifestSchema } from './manifest-schema.ts'
import type { Manifest } from './manifest-schema.ts'

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
    if (plugin.Check(value)) return value
    throw firstError(plugin.Errors(value))
  }
  if (!data.Check(value)) throw firstError(data.Errors(value))
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

function firstError(
  errors: readonly { instancePath: string; message: string; params?: object }[],
): PackRefused {
  const [error] = errors
  const named = error?.params === undefined ? '' : ` (${JSON.stringify(error.params)})`
  return invalid(error?.instancePath ?? '', `It ${error?.message ?? 'is wrong'}${named}.`)
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
