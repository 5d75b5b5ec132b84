import { authorTypes, manifestSchemaText } from '@switchboard/plugin-sdk'

export const templates = ['javascript', 'typescript'] as const
export type Template = (typeof templates)[number]

/** The files of a new plugin by path: one that runs, is tested, and shows where things go. */
export async function templateFiles(
  name: string,
  template: Template,
): Promise<Readonly<Record<string, string>>> {
  return {
    'manifest.json': json(manifestOf(name)),
    'manifest.schema.json': manifestSchemaText(),
    'switchboard.d.ts': await authorTypes(),
    ...(template === 'typescript'
      ? { 'src/index.ts': typescript, 'tsconfig.json': json(tsconfig) }
      : { 'src/index.js': javascript }),
    'input.json': json({ q: 'example' }),
    'fixtures/world.json': json(world),
    'tests/finds-by-words.json': json(findsByWords),
    'tests/is-denied-without-its-grant.json': json(deniedWithoutGrant),
    'tests/refuses-an-empty-question.json': json(refusesEmpty),
    'package.json': json({
      name,
      private: true,
      type: 'module',
      scripts: { dev: 'switchboard plugin dev', test: 'switchboard plugin test' },
    }),
    'README.md': readme(name, template),
    '.gitignore': 'node_modules/\ndist/\nkeys/\n*.sbp\n*.key.pem\n',
  }
}

export function manifestOf(name: string) {
  return {
    $schema: './manifest.schema.json',
    name,
    version: '0.1.0',
    entry: 'src/index.js',
    summary: 'Finds entities of the graph by words.',
    capabilities: { graph: ['read'], network: false },
    budgets: { ms: 1000, memoryMB: 64, rows: 100 },
    permissions: [],
    input: {
      type: 'object',
      required: ['q'],
      properties: { q: { type: 'string', minLength: 1 } },
    },
    output: {
      type: 'object',
      required: ['ok', 'found'],
      properties: { ok: { type: 'boolean' }, found: { type: 'array', items: { type: 'object' } } },
    },
  }
}

const javascript = `// @ts-check

/**
 * @param {import('../switchboard.d.ts').RunArgs} args checked against "input" of the manifest
 * @param {import('../switchboard.d.ts').PluginApi} api each call is decided by policy, grants and budgets
 */
export async function run(args, api) {
  const hits = await api.graph.search({ q: String(args['q']), limit: 10 })
  console.log('found', hits.length)
  return { ok: true, found: hits.map(({ key, name }) => ({ key, name })) }
}
`

const typescript = `import type { PluginApi, RunArgs, RunResult } from '../switchboard.d.ts'

/** \`args\` was checked against "input" of the manifest; each call of \`api\` is decided by policy, grants and budgets. */
export async function run(args: RunArgs, api: PluginApi): Promise<RunResult> {
  const hits = await api.graph.search({ q: String(args['q']), limit: 10 })
  console.log('found', hits.length)
  return { ok: true, found: hits.map(({ key, name }) => ({ key, name })) }
}
`

const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023'],
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  },
  include: ['src'],
}

const world = {
  graph: {
    source: { name: 'fixtures', version: '1', licence: 'CC0-1.0' },
    entities: [
      { key: 'organisation:example', type: 'organisation', name: 'Example Works' },
      { key: 'domain:example.org', type: 'domain', name: 'example.org' },
      { key: 'organisation:other', type: 'organisation', name: 'Another Company' },
    ],
    relations: [{ from: 'organisation:example', to: 'domain:example.org', type: 'owns' }],
  },
}

const findsByWords = {
  about: 'finds what holds the words of the question',
  input: { q: 'example' },
  expect: {
    result: {
      ok: true,
      found: [
        { key: 'domain:example.org', name: 'example.org' },
        { key: 'organisation:example', name: 'Example Works' },
      ],
    },
    calls: ['graph.search'],
  },
}

const deniedWithoutGrant = {
  about: 'is denied when nobody granted read:graph',
  input: { q: 'example' },
  grants: [],
  expect: { denial: 'CapabilityDenied' },
}

const refusesEmpty = {
  about: 'refuses an empty question before it starts',
  input: { q: '' },
  expect: { denial: 'plugin_input_invalid', calls: [] },
}

function readme(name: string, template: Template): string {
  const source = template === 'typescript' ? 'src/index.ts' : 'src/index.js'
  return `# ${name}

A plugin for Switchboard. \`${source}\` exports \`run\`; \`manifest.json\` says what it may reach and use.

    switchboard plugin dev      run it with input.json in the world of fixtures/, again at each change
    switchboard plugin test     run tests/*.json
    switchboard plugin pack .   make the package

\`switchboard.d.ts\` has the types of \`args\` and \`api\`. npm libraries of plain JavaScript are bundled by packing: install one here and
import it.
`
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
