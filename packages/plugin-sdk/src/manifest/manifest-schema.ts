import { Type } from 'typebox'
import type { Static, TProperties, TSchema } from 'typebox'

const closed = <const P extends TProperties>(properties: P, description: string) =>
  Type.Object(properties, { additionalProperties: false, description })
const setOf = <T extends TSchema>(item: T, maxItems: number, description: string) =>
  Type.Array(item, { uniqueItems: true, maxItems, description })

// Screens show these: no control characters, no marks that turn the reading direction, no half surrogates.
const shown = (max: number, description: string) =>
  Type.String({
    pattern: `^[^\\u0000-\\u001f\\u007f-\\u009f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]{1,${max}}$`,
    description,
  })
const word = (description: string) =>
  Type.String({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$', description })
const filePattern = '^[A-Za-z0-9_@][A-Za-z0-9._@+-]*(?:/[A-Za-z0-9_@][A-Za-z0-9._@+-]*)*'

const Name = word('Lower-case letters, digits and dashes; for ever the name of this package.')
const Version = Type.String({
  pattern: '^(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})(-[0-9A-Za-z.-]{1,64})?$',
  description: 'A semantic version; a published version never changes.',
})
const Publisher = shown(80, 'When given, only a key pinned for this publisher may have signed the package.')
const Licence = shown(120, 'An SPDX licence expression, such as Apache-2.0.')
const DataName = word('The name of a data package.')
const Column = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$', description: 'The name of a column.' })
const SchemaReference = Type.String({
  pattern: '^[!-~]{1,200}$',
  description: 'Where an editor finds this schema; nothing else reads it.',
})
const AnySchema = (description: string) =>
  Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', description })

const Capabilities = closed(
  {
    graph: Type.Optional(
      setOf(Type.Enum(['read', 'write']), 2, 'read: the scope read:graph; write: the scope write:graph.'),
    ),
    cases: Type.Optional(
      setOf(Type.Enum(['read', 'write']), 2, 'read: the scope read:case; write: the scope write:case.'),
    ),
    network: Type.Optional(
      Type.Literal(false, {
        description: 'Always false; name hosts in net instead.',
      }),
    ),
    net: Type.Optional(
      setOf(
        Type.String({
          pattern:
            '^(?=.{1,120}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$',
          description: 'A host name in lower case, without scheme, port or wildcard.',
        }),
        32,
        'Hosts to reach; each is a scope net:HOST of its own.',
      ),
    ),
    store: Type.Optional(
      setOf(Type.Enum(['kv']), 1, 'kv: the scope store:kv, small values kept between runs.'),
    ),
    secrets: Type.Optional(
      setOf(word('The name of a secret.'), 32, 'Secrets to use; each is a scope secret:NAME.'),
    ),
    data: Type.Optional(setOf(DataName, 32, 'Data packages to look up; each is a scope read:data:NAME.')),
  },
  'What the code may reach. Nothing is granted that is not named here, and nothing before an administrator consents.',
)
const Budgets = closed(
  {
    ms: Type.Integer({ minimum: 1, maximum: 3_600_000, description: 'Wall time of a run, milliseconds.' }),
    memoryMB: Type.Integer({ minimum: 8, maximum: 4096, description: 'Memory of a run, MiB.' }),
    rows: Type.Integer({
      minimum: 0,
      maximum: 10_000_000,
      description: 'Rows that calls of a run may return.',
    }),
    cpuMs: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 3_600_000, description: 'CPU time of a run, milliseconds.' }),
    ),
    calls: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'Calls of a run.' })),
    outputBytes: Type.Optional(
      Type.Integer({ minimum: 4, maximum: 67_108_864, description: 'Size of the result as JSON.' }),
    ),
  },
  'What a run may use. An administrator may set less.',
)

export const PluginManifestSchema = closed(
  {
    name: Name,
    version: Version,
    entry: Type.String({
      pattern: `${filePattern}\\.(?:js|cjs|mjs|wasm)$`,
      description: 'The file that exports run: JavaScript, or a WebAssembly module.',
    }),
    capabilities: Capabilities,
    budgets: Budgets,
    permissions: setOf(
      Type.Enum(['use:nl2cypher']),
      32,
      'Services to use, such as use:nl2cypher; each is a scope as it stands.',
    ),
    $schema: Type.Optional(SchemaReference),
    kind: Type.Optional(Type.Literal('plugin')),
    title: Type.Optional(shown(120, 'The name that people see.')),
    summary: Type.Optional(shown(500, 'What it does, in a sentence or two.')),
    licence: Type.Optional(Licence),
    publisher: Type.Optional(Publisher),
    optionalCapabilities: Type.Optional(Capabilities),
    data: Type.Optional(setOf(DataName, 32, 'Short for data in capabilities.')),
    jit: Type.Optional(
      Type.Literal(true, {
        description:
          'Asks for machine code, for code that computes much. Given to versions that the organisation has reviewed.',
      }),
    ),
    input: Type.Optional(AnySchema('A JSON Schema for args of run.')),
    output: Type.Optional(AnySchema('A JSON Schema for the result of run.')),
  },
  'A plugin: code that runs in the sandbox.',
)

export const DataManifestSchema = closed(
  {
    name: Name,
    version: Version,
    kind: Type.Literal('data'),
    $schema: Type.Optional(SchemaReference),
    title: shown(120, 'The name that people see.'),
    summary: shown(500, 'What the data is, in a sentence or two.'),
    licence: Licence,
    sources: Type.Array(
      closed(
        {
          name: shown(120, 'The name of the source.'),
          version: shown(120, 'Its version.'),
          licence: Licence,
          url: Type.Optional(
            Type.String({ pattern: '^https?://[!-~]{1,500}$', description: 'Where it is published.' }),
          ),
        },
        'Where data came from.',
      ),
      { minItems: 1, maxItems: 32 },
    ),
    table: closed(
      {
        file: Type.String({ pattern: `${filePattern}$`, description: 'The table: CSV with a header line.' }),
        columns: Type.Array(
          closed({ name: Column, type: Type.Enum(['ip', 'integer', 'string']) }, 'A column.'),
          {
            minItems: 1,
            maxItems: 64,
            description: 'In the order of the file; no name twice.',
          },
        ),
        key: Type.Union([
          closed(
            { kind: Type.Literal('range'), from: Column, to: Column },
            'Rows are ranges, both ends included; both columns of type ip, or both integer.',
          ),
          closed({ kind: Type.Literal('exact'), column: Column }, 'Rows are found by one column.'),
        ]),
      },
      'The table and how it is looked up.',
    ),
    capturedAt: Type.Integer({
      minimum: 0,
      maximum: 253_402_300_799_999,
      description: 'When the data was taken, milliseconds since the Unix epoch.',
    }),
    publisher: Type.Optional(Publisher),
  },
  'A data package: a table that plugins look up and never hold.',
)

/** manifest.json as authors write it. Published as docs/reference/manifest.schema.json. */
export const ManifestSchema = Type.Union([PluginManifestSchema, DataManifestSchema])

export type PluginManifest = Static<typeof PluginManifestSchema>
export type DataManifest = Static<typeof DataManifestSchema>
export type Manifest = PluginManifest | DataManifest

/** The text of docs/reference/manifest.schema.json: JSON Schema 2020-12 for editors and other tools. */
export function manifestSchemaText(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:switchboard:manifest:v1',
    title: 'Switchboard manifest.json',
    ...ManifestSchema,
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}
