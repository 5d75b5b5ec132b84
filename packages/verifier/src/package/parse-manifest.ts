import { wellKnown } from './entry-path.ts'
import type {
  Budgets,
  Capabilities,
  DataManifest,
  DataTable,
  PackageManifest,
  PluginManifest,
} from './manifest.ts'
import { refuse } from './refusal.ts'
import { anyObject, integer, invalid, list, oneOf, record, text } from './shape.ts'
import type { Shape } from './shape.ts'
import { strictJson } from './strict-json.ts'

const maxManifestBytes = 256 * 1024

// Screens show these: no control characters, no marks that turn the reading direction, no half surrogates.
const shown = (max: number): Shape<string> =>
  text(
    new RegExp(
      `^[^\\u0000-\\u001f\\u007f-\\u009f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]{1,${max}}$`,
      'u',
    ),
    `1 to ${max} printable characters`,
  )
const name = text(
  /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/,
  'lower-case letters, digits and dashes, 64 at most',
)
const version = text(
  /^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})(-[0-9A-Za-z.-]{1,64})?$/,
  'a semantic version such as 1.0.0',
)
const path = text(
  /^[A-Za-z0-9_@][A-Za-z0-9._@+-]*(?:\/[A-Za-z0-9_@][A-Za-z0-9._@+-]*)*$/,
  'the path of a file of the package',
)
const entry = text(
  /^[A-Za-z0-9_@][A-Za-z0-9._@+-]*(?:\/[A-Za-z0-9_@][A-Za-z0-9._@+-]*)*\.(?:js|cjs|mjs|wasm)$/,
  'the path of a .js, .cjs, .mjs or .wasm file of the package',
)
const host = text(
  /^(?=.{1,120}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  'a host name in lower case, without scheme, port or wildcard',
)
const permission = oneOf('use:nl2cypher')
const column = text(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'a letter, then letters, digits and underscores')
const url = text(/^https?:\/\/[!-~]{1,500}$/, 'an http(s) address')
// For the author's editor alone; kept, because what was signed is shown as it is.
const schemaReference = text(/^[!-~]{1,200}$/, '1 to 200 characters of printable ASCII')
const licence = shown(120)
const publisher = shown(80)

const network: Shape<false> = (value, at) =>
  value === false
    ? value
    : value === true
      ? refuse(
          'network_unrestricted',
          `manifest.json#${at}`,
          'Name the hosts instead: "net": ["api.example.org"].',
        )
      : invalid(at, 'It must be false.')

const asked: Shape<true> = (value, at) =>
  value === true ? value : invalid(at, 'It must be true, or left out.')

const capabilities: Shape<Capabilities> = record(
  {},
  {
    graph: list(oneOf('read', 'write'), 0, 2),
    cases: list(oneOf('read', 'write'), 0, 2),
    network,
    net: list(host, 0, 32),
    store: list(oneOf('kv'), 0, 1),
    secrets: list(name, 0, 32),
    data: list(name, 0, 32),
  },
)
const budgets: Shape<Budgets> = record(
  { ms: integer(1, 3_600_000), memoryMB: integer(8, 4096), rows: integer(0, 10_000_000) },
  { cpuMs: integer(1, 3_600_000), calls: integer(0, 1_000_000), outputBytes: integer(4, 67_108_864) },
)
const plugin = record(
  { name, version, entry, capabilities, budgets, permissions: list(permission, 0, 32) },
  {
    $schema: schemaReference,
    kind: oneOf('plugin'),
    title: shown(120),
    summary: shown(500),
    licence,
    publisher,
    optionalCapabilities: capabilities,
    data: list(name, 0, 32),
    jit: asked,
    input: anyObject,
    output: anyObject,
  },
)
const data = record(
  {
    name,
    version,
    kind: oneOf('data'),
    title: shown(120),
    summary: shown(500),
    licence,
    sources: list(record({ name: shown(120), version: shown(120), licence }, { url }), 1, 32),
    table: record(
      {
        file: path,
        columns: list(record({ name: column, type: oneOf('ip', 'integer', 'string') }, {}), 1, 64),
        key: (value, at): DataTable['key'] =>
          anyObject(value, at)['kind'] === 'exact'
            ? record({ kind: oneOf('exact'), column }, {})(value, at)
            : record({ kind: oneOf('range'), from: column, to: column }, {})(value, at),
      },
      {},
    ),
    capturedAt: integer(0, 253_402_300_799_999),
  },
  { $schema: schemaReference, publisher },
)

/** Reads manifest.json, or refuses with `manifest_invalid` or `network_unrestricted` and the place. */
export function parseManifest(bytes: Uint8Array): PackageManifest {
  return checkManifest(strictJson(bytes, wellKnown.manifest, 'manifest_invalid', maxManifestBytes))
}

/** The same for a value that is parsed already. */
export function checkManifest(value: unknown): PackageManifest {
  return anyObject(value, '')['kind'] === 'data' ? dataManifest(value) : pluginManifest(value)
}

function pluginManifest(value: unknown): PluginManifest {
  const manifest = { kind: 'plugin' as const, optionalCapabilities: {}, data: [], ...plugin(value, '') }
  // A grant cannot be both required and optional; a JSON Schema cannot say so.
  const required = capabilityNames({
    ...manifest.capabilities,
    data: [...(manifest.capabilities.data ?? []), ...manifest.data],
  })
  const twice = capabilityNames(manifest.optionalCapabilities).find((one) => required.includes(one))
  if (twice !== undefined)
    invalid('/optionalCapabilities', `${twice} is required already; name it in one place.`)
  return manifest
}

function capabilityNames(groups: Capabilities): readonly string[] {
  return Object.entries(groups).flatMap(([group, names]) =>
    Array.isArray(names) ? names.map((name) => `${group}: ${String(name)}`) : [],
  )
}

function dataManifest(value: unknown): DataManifest {
  const manifest = data(value, '')
  const { columns, key } = manifest.table
  const types = new Map(columns.map((one) => [one.name, one.type]))
  // A JSON Schema cannot say these.
  if (types.size < columns.length) invalid('/table/columns', 'A name is there twice.')
  const keyColumns = key.kind === 'exact' ? [key.column] : [key.from, key.to]
  const unknown = keyColumns.find((one) => !types.has(one))
  if (unknown !== undefined) invalid('/table/key', `There is no column ${unknown}.`)
  if (
    key.kind === 'range' &&
    (types.get(key.from) !== types.get(key.to) || types.get(key.from) === 'string')
  ) {
    invalid('/table/key', 'Both ends of a range must be of type ip, or both integer.')
  }
  return manifest
}
