import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { verifyPackage } from '@switchboard/verifier/package'
import { craftGzip } from '@switchboard/verifier/package-testing'
import { generatePublisherKey, packPackage, packRefusals, signPackage } from './index.ts'
import type { PackRefusalCode } from './index.ts'
import { dataManifest, pluginManifest } from './testing/manifest-cases.ts'

const run = promisify(execFile)

async function folder(files: Record<string, string | Buffer> = {}) {
  const base = await mkdtemp(join(tmpdir(), 'switchboard-sdk-'))
  const dir = join(base, 'plugin')
  const all = {
    'manifest.json': JSON.stringify(pluginManifest),
    'index.js': 'exports.run = async () => 1\n',
    ...files,
  }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), content)
  }
  return { dir, outDir: join(base, 'out'), [Symbol.asyncDispose]: () => rm(base, { recursive: true }) }
}

test('packing the same files twice gives the same bytes, whatever the clock and the disk say', async () => {
  await using one = await folder({ 'lib/a.js': '1' })
  await using two = await folder({ 'lib/a.js': '1' })
  await utimes(join(two.dir, 'index.js'), 1, 1)
  const first = await packPackage(one.dir, one)
  const second = await packPackage(two.dir, two)
  assert.deepEqual(await readFile(first.file), await readFile(second.file))
  assert.equal(first.digest, second.digest)
})

test('a packed and signed folder verifies with the digest that packing printed', async () => {
  await using made = await folder({
    'lib/a.js': '1',
    'README.md': '# Hello',
    [`${'deep/'.repeat(30)}x.js`]: '2',
  })
  const packed = await packPackage(made.dir, { outDir: made.outDir, now: 1_760_000_000_000 })
  const { privateKeyPem, publicKeyPem, keyId } = generatePublisherKey()
  const signed = await signPackage(packed.file, { privateKeyPem })
  const publisherKeys = [{ keyId, spkiPem: publicKeyPem, publisher: 'Example Works' }]
  const verdict = await verifyPackage(await readFile(signed.file), { publisherKeys })
  assert.ok(verdict.ok, JSON.stringify(verdict))
  assert.deepEqual([verdict.digest, verdict.keyId], [packed.digest, signed.keyId])
  assert.deepEqual(verdict.files.get('index.js'), new Uint8Array(await readFile(join(made.dir, 'index.js'))))
  const [invocation] = [JSON.parse(Buffer.from(verdict.files.get('provenance.json') ?? []).toString())]
  assert.equal(invocation.runDetails.metadata.finishedOn, '2025-10-09T08:53:20.000Z')
})

test('a data folder packs, and the packer and the verifier agree on it', async () => {
  const files = {
    'manifest.json': JSON.stringify(dataManifest),
    'data/table.csv': 'start,end,asn\n10.0.0.0,10.0.0.9,64500\n',
  }
  await using made = await folder(files)
  const packed = await packPackage(made.dir, made)
  const { privateKeyPem, publicKeyPem, keyId } = generatePublisherKey()
  await signPackage(packed.file, { privateKeyPem })
  const publisherKeys = [{ keyId, spkiPem: publicKeyPem, publisher: 'Example Works' }]
  const verdict = await verifyPackage(await readFile(packed.file), { publisherKeys })
  assert.equal(verdict.ok && verdict.manifest.kind, 'data')
})

test('an unsigned package never verifies', async () => {
  await using made = await folder()
  const packed = await packPackage(made.dir, made)
  const verdict = await verifyPackage(await readFile(packed.file), { publisherKeys: [] })
  assert.equal(!verdict.ok && verdict.code, 'attestation_missing')
})

test('packing into the packed folder itself repeats, the package before left out', async () => {
  await using made = await folder()
  const first = await packPackage(made.dir, { outDir: made.dir })
  const bytes = await readFile(first.file)
  const second = await packPackage(made.dir, { outDir: made.dir })
  assert.deepEqual(await readFile(second.file), bytes)
  assert.deepEqual(second.skipped, ['sample-enricher-1.0.0.sbp'])
})

test('hidden files stay out and are listed', async () => {
  await using made = await folder({ '.env': 'SECRET=1', 'lib/.cache/x': '1' })
  const packed = await packPackage(made.dir, made)
  assert.deepEqual(packed.skipped, ['.env', 'lib/.cache'])
  assert.doesNotMatch((await run('tar', ['tzf', packed.file])).stdout, /env|cache/)
})

test('the archive is an ordinary tar.gz to other tools', async () => {
  await using made = await folder({ 'lib/a.js': 'hello' })
  const packed = await packPackage(made.dir, made)
  const { stdout } = await run('tar', ['xzOf', packed.file, 'lib/a.js'])
  assert.equal(stdout, 'hello')
})

interface Refused {
  readonly code: PackRefusalCode
  readonly where: string
  readonly files?: Record<string, string | Buffer>
  readonly prepare?: (dir: string) => Promise<unknown>
}
const manifest = (change: object) => ({ 'manifest.json': JSON.stringify({ ...pluginManifest, ...change }) })
const refusals: readonly Refused[] = [
  { code: 'manifest_missing', where: 'manifest.json', prepare: (dir) => rm(join(dir, 'manifest.json')) },
  { code: 'manifest_invalid', where: 'manifest.json#', files: { 'manifest.json': '{' } },
  { code: 'manifest_invalid', where: 'manifest.json', files: { 'manifest.json': Buffer.of(0xff) } },
  {
    code: 'network_unrestricted',
    where: 'manifest.json#/capabilities/network',
    files: manifest({ capabilities: { network: true } }),
  },
  { code: 'entry_missing', where: 'other.js', files: manifest({ entry: 'other.js' }) },
  {
    code: 'module_invalid',
    where: 'plugin.wasm',
    files: { ...manifest({ entry: 'plugin.wasm' }), 'plugin.wasm': 'exports.run = 1' },
  },
  {
    code: 'table_missing',
    where: 'data/table.csv',
    files: { 'manifest.json': JSON.stringify(dataManifest) },
  },
  { code: 'link', where: 'link.js', prepare: (dir) => symlink('index.js', join(dir, 'link.js')) },
  { code: 'link', where: 'up', prepare: (dir) => symlink('..', join(dir, 'up')) },
  { code: 'special_file', where: 'pipe', prepare: (dir) => run('mkfifo', [join(dir, 'pipe')]) },
  { code: 'native_addon', where: 'build/x.node', files: { 'build/x.node': '' } },
  {
    code: 'private_key',
    where: 'lib/key.txt',
    files: { 'lib/key.txt': generatePublisherKey().privateKeyPem },
  },
  { code: 'reserved_name', where: 'sbom.spdx.json', files: { 'sbom.spdx.json': '{}' } },
  { code: 'path_not_portable', where: 'caf\u00e9.js', files: { 'caf\u00e9.js': '' } },
  { code: 'path_not_portable', where: 'aux.js', files: { 'aux.js': '' } },
  { code: 'path_not_portable', where: `${'x'.repeat(101)}`, files: { ['x'.repeat(101)]: '' } },
  { code: 'path_case_collision', where: 'Index.js', files: { 'Index.js': '' } },
  { code: 'path_case_collision', where: 'Lib/x.js', files: { 'Lib/x.js': '', lib: '' } },
  { code: 'too_large', where: '.', files: { 'big.bin': Buffer.alloc(32 * 1024 * 1024) } },
  {
    code: 'too_many_files',
    where: 'f/1997',
    files: Object.fromEntries(Array.from({ length: 1998 }, (_, i) => [`f/${i}`, ''])),
  },
  { code: 'too_compressible', where: 'manifest.json', files: { 'zeros.bin': Buffer.alloc(4_000_000) } },
]
for (const { code, where, files, prepare } of refusals) {
  test(`packing is refused with ${code} at ${where.slice(0, 40)}, and writes nothing`, async () => {
    await using made = await folder(files)
    await prepare?.(made.dir)
    // The order in which a folder is read is the file system's; which of 2,000 files is one too many is not ours to say.
    const expected = code === 'too_many_files' || code === 'path_case_collision' ? { code } : { code, where }
    await assert.rejects(packPackage(made.dir, made), expected)
    await assert.rejects(readFile(join(made.outDir, 'sample-enricher-1.0.0.sbp')), { code: 'ENOENT' })
  })
}

test('signing refuses other files, signed packages and other keys, and leaves the file as it was', async () => {
  await using made = await folder()
  const { file } = await packPackage(made.dir, made)
  const { privateKeyPem, publicKeyPem } = generatePublisherKey()
  const unsigned = await readFile(file)
  await assert.rejects(signPackage(file, { privateKeyPem: publicKeyPem }), { code: 'key_invalid' })
  await assert.rejects(signPackage(file, { privateKeyPem: 'key' }), { code: 'key_invalid' })
  assert.deepEqual(await readFile(file), unsigned)
  await signPackage(file, { privateKeyPem })
  await assert.rejects(signPackage(file, { privateKeyPem }), { code: 'already_signed' })
  const changed = Buffer.from(unsigned)
  changed[100] = (changed[100] ?? 0) ^ 1
  for (const other of [
    Buffer.concat([unsigned, Buffer.of(0)]),
    changed,
    craftGzip(Buffer.alloc(512)),
    Buffer.alloc(0),
  ]) {
    await writeFile(file, other)
    await assert.rejects(signPackage(file, { privateKeyPem }), { code: 'not_a_package' })
  }
})

test('every refusal of packing and signing has a test', () => {
  const elsewhere = [
    'already_signed',
    // apps/cli: the SDK loads no code
    'entry_throws',
    'not_a_plugin',
    'run_missing',
    'key_invalid',
    'not_a_package',
    // bundle/bundle-plugin.test.ts
    'bundle_invalid',
    'dynamic_require',
    'file_missing',
    'library_missing',
    'left_out',
    'library_unnamed',
    'node_builtin',
    'outside_folder',
  ]
  const provoked = new Set([...refusals.map((one) => one.code as string), ...elsewhere])
  assert.deepEqual(
    Object.keys(packRefusals).filter((code) => !provoked.has(code)),
    [],
  )
})
