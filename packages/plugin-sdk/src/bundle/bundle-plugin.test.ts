import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { verifyPackage } from '@switchboard/verifier/package'
import { generatePublisherKey, packPackage, preparePackage, signPackage } from '../index.ts'
import type { PackRefusalCode } from '../index.ts'
import { pluginManifest } from '../testing/manifest-cases.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))

interface Folder {
  readonly files: Readonly<Record<string, string>>
  /** Libraries of this repository, copied as npm would have installed them. */
  readonly installed?: readonly string[]
  /** Folders between the installed libraries and the plugin, as in a workspace. */
  readonly below?: string
  readonly entry?: string
}

async function folder({ files, installed = [], below = '.', entry = 'index.js' }: Folder) {
  const base = await mkdtemp(join(tmpdir(), 'switchboard-bundle-'))
  const dir = join(base, below, 'plugin')
  const root = below === '.' ? dir : base
  const all = { 'manifest.json': JSON.stringify({ ...pluginManifest, entry }), ...files }
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
  const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8'))
  const packages: Record<string, unknown> = {}
  for (const name of installed) {
    await cp(join(repository, 'node_modules', name), join(root, 'node_modules', name), { recursive: true })
    packages[`node_modules/${name}`] = lock.packages[`node_modules/${name}`]
  }
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }))
  return {
    base,
    dir,
    outDir: join(base, '.out'),
    lock,
    [Symbol.asyncDispose]: () => rm(base, { recursive: true }),
  }
}

const usesSemver = {
  'index.js': `const semver = require('semver')
const { order } = require('./lib/order')
exports.run = async ({ a, b }) => ({ newer: order(semver, a, b) })
`,
  'lib/order.js': 'exports.order = (semver, a, b) => (semver.gt(a, b) ? a : b)\n',
  'README.md': '# Newer\n',
}

/** Runs the text of a CommonJS bundle as the sandbox would: with nothing of Node in reach. */
function evaluate(text: string): { run(args: unknown): Promise<{ newer: unknown }> } {
  const module = { exports: {} as { run(args: unknown): Promise<{ newer: unknown }> } }
  const load = runInNewContext(`(function (exports, require, module) {${text}\n})`)
  load(module.exports, (name: string) => assert.fail(`${name} was asked for`), module)
  return module.exports
}

test('a plugin with an npm library packs into one file that runs, verifies, and is inventoried', async () => {
  await using made = await folder({ files: usesSemver, installed: ['semver'] })
  const packed = await packPackage(made.dir, made)
  const key = generatePublisherKey()
  await signPackage(packed.file, key)
  const publisherKeys = [{ keyId: key.keyId, spkiPem: key.publicKeyPem, publisher: 'Example Works' }]
  const verdict = await verifyPackage(await readFile(packed.file), { publisherKeys })
  assert.ok(verdict.ok, JSON.stringify(verdict))
  const text = (path: string) => Buffer.from(verdict.files.get(path) ?? []).toString()

  assert.deepEqual([...verdict.files.keys()].sort(), [
    'README.md',
    'THIRD-PARTY-NOTICES.txt',
    'attestation.sigstore.json',
    'index.js',
    'manifest.json',
    'provenance.json',
    'sbom.cdx.json',
    'sbom.spdx.json',
  ])
  const { run } = evaluate(text('index.js'))
  assert.equal((await run({ a: '1.9.0', b: '1.10.0' })).newer, '1.10.0')
  assert.match(text('THIRD-PARTY-NOTICES.txt'), /Licence: ISC\n\nThe ISC License/)

  const locked = made.lock.packages['node_modules/semver']
  const { name, versionInfo, checksums, licenseDeclared, externalRefs } = JSON.parse(text('sbom.spdx.json'))
    .packages[1]
  const sha512 = Buffer.from(locked.integrity.slice('sha512-'.length), 'base64').toString('hex')
  assert.deepEqual(
    [name, versionInfo, checksums, licenseDeclared, externalRefs[0].referenceLocator],
    [
      'semver',
      locked.version,
      [{ algorithm: 'SHA512', checksumValue: sha512 }],
      'ISC',
      `pkg:npm/semver@${locked.version}`,
    ],
  )
  const related = JSON.parse(text('sbom.spdx.json')).relationships.map(
    (one: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }) =>
      `${one.spdxElementId} ${one.relationshipType} ${one.relatedSpdxElement}`,
  )
  assert.ok(related.includes('SPDXRef-Package DEPENDS_ON SPDXRef-Library-1'))
  assert.ok(related.includes('SPDXRef-Package STATIC_LINK SPDXRef-Library-1'))
  const cyclone = JSON.parse(text('sbom.cdx.json'))
  assert.deepEqual(cyclone.components, [
    {
      type: 'library',
      'bom-ref': `pkg:npm/semver@${locked.version}`,
      name: 'semver',
      version: locked.version,
      hashes: [{ alg: 'SHA-512', content: sha512 }],
      licenses: [{ expression: 'ISC' }],
      purl: `pkg:npm/semver@${locked.version}`,
    },
  ])
  const [, library] = JSON.parse(text('provenance.json')).buildDefinition.resolvedDependencies
  assert.deepEqual(library.digest, { sha512 })
  assert.deepEqual([packed.libraries, packed.warnings], [[{ name: 'semver', version: locked.version }], []])
  assert.deepEqual(packed.skipped, ['lib/order.js', 'node_modules', 'package-lock.json'])
})

test('the same plugin gives the same bytes wherever it lies and wherever its libraries lie', async () => {
  await using own = await folder({ files: usesSemver, installed: ['semver'] })
  await using shared = await folder({ files: usesSemver, installed: ['semver'], below: 'deep/down' })
  const one = await preparePackage(own.dir)
  const two = await preparePackage(shared.dir)
  assert.equal(
    Buffer.from(two.files.get('index.js') ?? []).toString(),
    Buffer.from(one.files.get('index.js') ?? []).toString(),
  )
  assert.deepEqual(two.libraries, one.libraries)
  assert.doesNotMatch(Buffer.from(two.files.get('index.js') ?? []).toString(), /\.\.\/|switchboard-bundle/)
  const [first, second] = [await packPackage(own.dir, own), await packPackage(own.dir, { outDir: own.base })]
  assert.deepEqual(await readFile(first.file), await readFile(second.file))
})

test('TypeScript is packed as the JavaScript that the manifest names, in the format of its ending', async () => {
  const source = `import type { Run } from './types.ts'
import { twice } from './twice.js'
export const run: Run = async ({ n }) => ({ n: twice(n as number) })
`
  await using made = await folder({
    entry: 'src/index.js',
    files: {
      'src/index.ts': source,
      'src/twice.ts': 'export const twice = (n: number): number => n * 2\n',
      'src/types.ts': 'export type Run = (args: Record<string, unknown>) => Promise<unknown>\n',
      'tsconfig.json': '{ "compilerOptions": { "target": "es5", "jsx": "nonsense" } }',
    },
  })
  const { files, skipped, libraries } = await preparePackage(made.dir)
  assert.deepEqual([...files.keys()], ['manifest.json', 'src/index.js'])
  assert.deepEqual(skipped, [
    'package-lock.json',
    'src/index.ts',
    'src/twice.ts',
    'src/types.ts',
    'tsconfig.json',
  ])
  assert.deepEqual(libraries, [])
  const text = Buffer.from(files.get('src/index.js') ?? []).toString()
  const { run } = await import(`data:text/javascript,${encodeURIComponent(text)}`)
  assert.deepEqual(await run({ n: 21 }), { n: 42 })
})

test('an ES module stays one, with its library inside', async () => {
  const files = {
    'index.js':
      "import canonicalize from 'canonicalize'\nexport const run = async (args) => canonicalize(args)\n",
  }
  await using made = await folder({ files, installed: ['canonicalize'] })
  const prepared = await preparePackage(made.dir)
  const text = Buffer.from(prepared.files.get('index.js') ?? []).toString()
  const { run } = await import(`data:text/javascript,${encodeURIComponent(text)}`)
  assert.equal(await run({ b: 1, a: 2 }), '{"a":2,"b":1}')
  assert.equal(prepared.libraries[0]?.name, 'canonicalize')
})

test('a plugin without libraries is packed byte for byte, whatever its strings look like', async () => {
  const code = "exports.run = async () => 'import x from \"semver\"' // require('left-pad')\n"
  await using made = await folder({ files: { 'index.js': code } })
  const { files } = await preparePackage(made.dir)
  assert.equal(Buffer.from(files.get('index.js') ?? []).toString(), code)
})

const library = (files: Readonly<Record<string, string>>, described: object = {}) => ({
  'index.js': "exports.run = require('lib').run\n",
  'node_modules/lib/package.json': JSON.stringify({ name: 'lib', version: '1.0.0', ...described }),
  'node_modules/lib/index.js': 'exports.run = async () => 1\n',
  ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`node_modules/lib/${path}`, text])),
})
const refusals: readonly (readonly [PackRefusalCode, string, RegExp, Readonly<Record<string, string>>])[] = [
  [
    'library_missing',
    'index.js:1',
    /npm install nothing-of-that-name/,
    { 'index.js': "require('nothing-of-that-name/deep')\n" },
  ],
  [
    'file_missing',
    'index.js:1',
    /imports \.\/gone/,
    { ...library({}), 'index.js': "require('lib'); require('./gone')\n" },
  ],
  [
    'node_builtin',
    'node_modules/lib/index.js:1',
    /imports fs\. There are no files/,
    library({ 'index.js': "exports.run = require('fs').readFile\n" }),
  ],
  [
    'node_builtin',
    'index.js:2',
    /imports node:https\. Name the host in "net"/,
    { ...library({}), 'index.js': "import 'lib'\nimport 'node:https'\n" },
  ],
  ['native_addon', 'lib 1.0.0', /it has a binding\.gyp/, library({ 'binding.gyp': '{}' })],
  [
    'native_addon',
    'lib 1.0.0',
    /depends on node-gyp-build/,
    library({}, { dependencies: { 'node-gyp-build': '4' } }),
  ],
  [
    'native_addon',
    'node_modules/lib/index.js:1',
    /x\.node is one/,
    library({ 'index.js': "module.exports = require('./x.node')\n", 'x.node': '' }),
  ],
  [
    'dynamic_require',
    'index.js:1',
    /computed name/,
    { ...library({}), 'index.js': "require('lib'); exports.run = (args) => require(args.name)\n" },
  ],
  [
    'outside_folder',
    '../outside.js',
    /neither in the folder/,
    { ...library({}), 'index.js': "require('lib'); require('../outside.js')\n", '../outside.js': '' },
  ],
  [
    'left_out',
    '.keys.json',
    /packing leaves out/,
    { ...library({}), 'index.js': "require('lib'); require('./.keys.json')\n", '.keys.json': '{}' },
  ],
  [
    'left_out',
    'tests/world.json',
    /packing leaves out/,
    {
      'index.ts': "import world from './tests/world.json'\nexport const run = () => world\n",
      'tests/world.json': '{}',
    },
  ],
  [
    'bundle_invalid',
    'node_modules/lib/index.js:1',
    /Unexpected/,
    library({ 'index.js': 'exports.run = async ( => 1\n' }),
  ],
  [
    'library_unnamed',
    'node_modules/lib/index.js',
    /name and a version/,
    { ...library({}), 'node_modules/lib/package.json': '{}' },
  ],
  [
    'reserved_name',
    'THIRD-PARTY-NOTICES.txt',
    /Packing writes/,
    { ...library({}), 'THIRD-PARTY-NOTICES.txt': 'mine' },
  ],
]
for (const [code, where, message, files] of refusals) {
  test(`bundling is refused with ${code} at ${where}: ${message.source}`, async () => {
    await using made = await folder({ files })
    await assert.rejects(preparePackage(made.dir), { code, where, message })
  })
}

test('a library that loads modules by computed names, or is in no lock file, is told and not refused', async () => {
  await using made = await folder({
    files: library({ 'index.js': 'exports.run = async (name) => require(name)\n' }),
  })
  const { warnings } = await preparePackage(made.dir)
  assert.match(warnings[0] ?? '', /^node_modules\/lib\/index\.js:1 loads a module by a computed name/)
  assert.match(warnings[1] ?? '', /^lib 1\.0\.0 is in no package-lock\.json/)
})

test('every module of Node has an answer to what to use instead', async () => {
  const { insteadOfBuiltin } = await import('./node-builtin.ts')
  const { builtinModules } = await import('node:module')
  for (const name of builtinModules) assert.match(insteadOfBuiltin(name) ?? '', /\.$/, name)
  assert.equal(insteadOfBuiltin('semver'), undefined)
})
