export const pluginManifest = {
  name: 'sample-enricher',
  version: '1.0.0',
  entry: 'index.js',
  capabilities: { graph: ['read'], cases: ['read', 'write'], network: false },
  budgets: { ms: 800, memoryMB: 128, rows: 1000 },
  permissions: ['use:nl2cypher'],
}
export const dataManifest = {
  name: 'ports',
  version: '2.0.0-rc.1',
  kind: 'data',
  title: 'Ports',
  summary: 'What ports are for.',
  licence: 'CC0-1.0',
  sources: [{ name: 'A list', version: '8', licence: 'MIT', url: 'https://example.org/list' }],
  table: {
    file: 'data/table.csv',
    columns: [
      { name: 'start', type: 'ip' },
      { name: 'end', type: 'ip' },
      { name: 'asn', type: 'integer' },
    ],
    key: { kind: 'range', from: 'start', to: 'end' },
  },
  capturedAt: 1_760_000_000_000,
}

const p = pluginManifest
const d = dataManifest
const caps = (capabilities: unknown) => ({ ...p, capabilities })
const table = (change: object) => ({ ...d, table: { ...d.table, ...change } })
const without = (manifest: object, key: string) =>
  Object.fromEntries(Object.entries(manifest).filter(([k]) => k !== key))

/** Manifests that every reader must accept. */
export const validManifests: readonly unknown[] = [
  p,
  d,
  {
    ...p,
    kind: 'plugin',
    title: 'Übersicht 😀',
    summary: 'x'.repeat(500),
    licence: 'Apache-2.0',
    publisher: 'Example Works',
  },
  { ...p, name: 'a', version: '0.0.0', entry: 'lib/@scope/main.mjs', permissions: [] },
  { ...p, entry: 'build/plugin.wasm' },
  {
    ...p,
    name: 'a'.repeat(64),
    budgets: { ms: 1, memoryMB: 1, rows: 0, cpuMs: 1, calls: 0, outputBytes: 0 },
  },
  { ...p, budgets: { ...p.budgets, ms: 1e3 } },
  { ...p, jit: true },
  {
    ...p,
    optionalCapabilities: { data: ['ip-asn'], net: ['api.example.org'], secrets: ['key'] },
    data: ['ports'],
  },
  { ...p, input: { type: 'object', 'x-anything': [null] }, output: {} },
  { ...p, title: '😀'.repeat(120) },
  { ...p, $schema: './manifest.schema.json' },
  { ...d, $schema: 'urn:switchboard:manifest:v1' },
  caps({}),
  caps({ graph: [], cases: [] }),
  { ...d, publisher: 'Example Works', capturedAt: 0 },
  table({ key: { kind: 'exact', column: 'asn' } }),
]

/** Manifests that every reader must refuse. */
export const invalidManifests: readonly unknown[] = [
  null,
  [],
  'manifest',
  {},
  ...Object.keys(p).map((key) => without(p, key)),
  ...Object.keys(d).map((key) => without(d, key)),
  { ...p, unknown: 1 },
  ...[false, 'yes', 1, null].map((jit) => ({ ...p, jit })),
  { ...d, jit: true },
  { ...p, $schema: '' },
  { ...p, $schema: {} },
  { ...d, entry: 'index.js' },
  { ...p, kind: 'other' },
  { ...p, kind: null },
  ...['', 'A', '-a', 'a-', 'a_b', 'a.b', 'a\n', 'a'.repeat(65), 7].map((name) => ({ ...p, name })),
  ...['1', '1.0', '01.0.0', '1.0.0+build', 'v1.0.0', '1.0.0-', '1.0.0\n', 1].map((version) => ({
    ...p,
    version,
  })),
  ...[
    '',
    '/index.js',
    '../index.js',
    './index.js',
    'a//b.js',
    '.hidden.js',
    'a/.b.js',
    'index.ts',
    'plugin.wat',
    'plugin.wasm.gz',
    '.wasm',
    'index',
    'a\\b.js',
  ].map((entry) => ({ ...p, entry })),
  caps(null),
  caps([]),
  caps({ network: true }),
  caps({ network: 'false' }),
  caps({ graph: ['write'] }),
  caps({ graph: 'read' }),
  caps({ graph: ['read', 'read'] }),
  caps({ cases: ['read', 'write', 'read'] }),
  caps({ files: ['read'] }),
  ...[
    'localhost',
    '10.0.0.1',
    'https://example.org',
    'example.org:443',
    '*.example.org',
    'Example.org',
    `${'a.'.repeat(60)}com`,
  ].map((host) => caps({ net: [host] })),
  caps({ secrets: ['UPPER'] }),
  caps({ data: ['a', 'a'] }),
  { ...p, data: ['a', 'a'] },
  { ...p, optionalCapabilities: { network: true } },
  ...['ms', 'memoryMB', 'rows'].map((key) => ({ ...p, budgets: without(p.budgets, key) })),
  ...[0, -1, 1.5, '1000', null, 3_600_001].map((ms) => ({ ...p, budgets: { ...p.budgets, ms } })),
  { ...p, budgets: { ...p.budgets, other: 1 } },
  ...['nl2cypher', 'use:', 'use:X', 'write:case', 'read:graph', 7].map((one) => ({
    ...p,
    permissions: [one],
  })),
  { ...p, permissions: ['use:a', 'use:a'] },
  ...['', 'a\nb', 'a\u202eb', 'a\u0007', '\ud800', 'x'.repeat(121), '😀'.repeat(121)].map((title) => ({
    ...p,
    title,
  })),
  { ...p, input: [] },
  { ...p, output: true },
  { ...d, sources: [] },
  { ...d, sources: [{ name: 'x', version: '1' }] },
  { ...d, sources: [{ ...d.sources[0], url: 'javascript:alert(1)' }] },
  { ...d, capturedAt: '2026-01-01' },
  { ...d, capturedAt: -1 },
  table({ columns: [] }),
  table({ columns: [{ name: 'start', type: 'date' }] }),
  table({ file: '../table.csv' }),
  table({ key: { kind: 'exact', column: 'asn', from: 'start' } }),
  table({ key: { kind: 'prefix', column: 'asn' } }),
]

/** Refused by every reader, though a JSON Schema cannot say why. */
export const invalidBeyondSchema: readonly unknown[] = [
  { ...caps({ graph: ['read'] }), optionalCapabilities: { graph: ['read'] } },
  { ...caps({ net: ['a.example'] }), optionalCapabilities: { net: ['b.example', 'a.example'] } },
  { ...caps({}), data: ['ports'], optionalCapabilities: { data: ['ports'] } },
  table({ key: { kind: 'exact', column: 'nowhere' } }),
  table({ key: { kind: 'range', from: 'start', to: 'asn' } }),
  table({ columns: [...d.table.columns, { name: 'asn', type: 'string' }] }),
  {
    ...table({ key: { kind: 'range', from: 'a', to: 'b' } }),
    table: {
      ...d.table,
      columns: [
        { name: 'a', type: 'string' },
        { name: 'b', type: 'string' },
      ],
      key: { kind: 'range', from: 'a', to: 'b' },
    },
  },
]
