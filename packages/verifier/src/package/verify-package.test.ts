import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { packageLimits, packageRefusals, verifyPackage } from './index.ts'
import type { PackageLimits, PackageRefusalCode } from './index.ts'
import {
  craftEntries,
  craftGzip,
  craftHeader,
  craftOuter,
  craftPackage,
  craftPublisher,
  craftTar,
} from './testing/index.ts'
import { plainManifest, plainSbom } from './testing/index.ts'
import type { Craft, CraftedEntry } from './testing/index.ts'

const publisher = craftPublisher()
const publisherKeys = [publisher.pinned]
const otherCurve = craftPublisher('Example Works', 'P-384')
const tar = craftTar(craftEntries({ publisher }))
const good = craftGzip(tar)
const craft = (steps: Omit<Craft, 'publisher'>) => craftPackage({ publisher, ...steps })

/** A package with one more entry behind the signer's back, in its sorted place. */
const withEntry = (entry: Partial<CraftedEntry> & { path: string | Uint8Array }) =>
  craft({
    entries: (entries) => {
      const added = { bytes: Buffer.from('x'), ...entry }
      const name = Buffer.from(added.path).toString('latin1')
      const at = entries.findIndex(
        (one) => String(one.path) > name || one.path === 'attestation.sigstore.json',
      )
      return entries.toSpliced(at, 0, added)
    },
  })
const withFiles = (files: Record<string, string>) => craft({ files: { 'index.js': '0', ...files } })
const replaced = (path: string, change: (entry: CraftedEntry) => readonly CraftedEntry[]) =>
  craft({ entries: (entries) => entries.flatMap((entry) => (entry.path === path ? change(entry) : [entry])) })
const changedByte = (at: number, value: number, from: Uint8Array = good) => {
  const copy = Buffer.from(from)
  copy[at] = value
  return copy
}
const body = good.subarray(48)
const trailer = body.subarray(-8)
const dataManifest = (file: string) => ({
  name: 'ports',
  version: '1.0.0',
  kind: 'data',
  title: 'Ports',
  summary: 'Port numbers',
  licence: 'CC0-1.0',
  sources: [{ name: 'list', version: '1', licence: 'CC0-1.0' }],
  table: { file, columns: [{ name: 'port', type: 'integer' }], key: { kind: 'exact', column: 'port' } },
  capturedAt: 0,
})

interface Case {
  readonly code: PackageRefusalCode
  readonly because: string
  readonly bytes: () => Uint8Array
  readonly where?: string | RegExp
  readonly limits?: Partial<PackageLimits>
  readonly keys?: readonly { keyId: string; spkiPem: string; publisher: string }[]
}

const cases: readonly Case[] = [
  { code: 'not_a_package', because: 'nothing', bytes: () => new Uint8Array(0), where: 'byte 0' },
  { code: 'not_a_package', because: 'a zip', bytes: () => Buffer.from('PK\x03\x04'), where: 'byte 0' },
  {
    code: 'gzip_not_canonical',
    because: 'mtime in the gzip header',
    bytes: () => changedByte(4, 1),
    where: 'byte 4',
  },
  {
    code: 'gzip_not_canonical',
    because: 'XFL in the gzip header',
    bytes: () => changedByte(8, 0),
    where: 'byte 8',
  },
  {
    code: 'gzip_not_canonical',
    because: 'OS in the gzip header',
    bytes: () => changedByte(9, 3),
    where: 'byte 9',
  },
  {
    code: 'gzip_not_canonical',
    because: 'a file name flag',
    bytes: () => changedByte(3, 12),
    where: 'byte 3',
  },
  {
    code: 'truncated',
    because: 'cut in the gzip header',
    bytes: () => good.subarray(0, 30),
    where: 'byte 30',
  },
  { code: 'truncated', because: 'cut in the data', bytes: () => good.subarray(0, 400) },
  { code: 'truncated', because: 'cut in the gzip trailer', bytes: () => good.subarray(0, -1) },
  { code: 'truncated', because: 'a tar without its end', bytes: () => craftGzip(tar.subarray(0, -1024)) },
  { code: 'truncated', because: 'a tar with half an end', bytes: () => craftGzip(tar.subarray(0, -512)) },
  { code: 'truncated', because: 'a tar cut inside a file', bytes: () => craftGzip(tar.subarray(0, 530)) },
  {
    code: 'deflate_corrupt',
    because: 'a reserved block type',
    bytes: () => craftOuter(Buffer.concat([Buffer.of(7), body])),
  },
  {
    code: 'gzip_checksum',
    because: 'a CRC-32 that is not of these files',
    bytes: () => craftOuter(Buffer.concat([body.subarray(0, -8), Buffer.alloc(4), trailer.subarray(4)])),
  },
  {
    code: 'gzip_checksum',
    because: 'a size that is not of these files',
    bytes: () => craftOuter(Buffer.concat([body.subarray(0, -4), Buffer.alloc(4)])),
  },
  {
    code: 'outer_digest_mismatch',
    because: 'the same tar deflated otherwise',
    bytes: () => Buffer.concat([good.subarray(0, 48), deflateRawSync(tar, { level: 1 }), trailer]),
    where: 'byte 16',
  },
  { code: 'trailing_data', because: 'a byte too many', bytes: () => Buffer.concat([good, Buffer.of(0)]) },
  {
    code: 'trailing_data',
    because: 'a byte too many, digest made to fit',
    bytes: () => craftOuter(Buffer.concat([body, Buffer.of(0)])),
    where: `byte ${good.length}`,
  },
  { code: 'concatenated_members', because: 'the package twice', bytes: () => Buffer.concat([good, good]) },
  {
    code: 'tar_header_corrupt',
    because: 'a header changed without its checksum',
    bytes: () => craftGzip(changedByte(0, 0x41, tar)),
    where: 'byte 0 of the tar',
  },
  {
    code: 'tar_header_not_canonical',
    because: 'another mode',
    bytes: () => withEntry({ path: 'a', mode: '000755 ' }),
    where: 'a',
  },
  {
    code: 'tar_padding',
    because: 'data in the padding',
    bytes: () => craftGzip(changedByte(1000, 1, tar)),
    where: 'index.js',
  },
  {
    code: 'tar_trailing_data',
    because: 'blocks behind the end',
    bytes: () => craftGzip(Buffer.concat([tar, Buffer.alloc(512)])),
  },
  {
    code: 'tar_trailing_data',
    because: 'an entry between the two zero blocks',
    bytes: () =>
      craftGzip(Buffer.concat([tar.subarray(0, -512), craftHeader({ path: 'x', bytes: Buffer.alloc(0) })])),
  },
  {
    code: 'bomb_ratio',
    because: 'zeros',
    bytes: () => withFiles({ 'zeros.txt': '\0'.repeat(4_000_000) }),
    where: 'zeros.txt',
  },
  {
    code: 'bomb_ratio',
    because: 'a size that is only claimed',
    bytes: () => withEntry({ path: 'claim', claimedSize: 200_000_000 }),
    where: 'claim',
  },
  {
    code: 'too_large',
    because: 'a claim over the limit of data',
    bytes: () => withEntry({ path: 'claim', claimedSize: 2 ** 32 }),
    where: 'claim',
  },
  {
    code: 'too_large',
    because: 'a plugin over the limit of plugins',
    bytes: () => withFiles({ 'big.txt': 'big' }),
    limits: { pluginBytes: 1000 },
  },
  {
    code: 'too_many_files',
    because: '2,001 files',
    bytes: () => withFiles(Object.fromEntries(Array.from({ length: 1997 }, (_, i) => [`f/${i}`, '']))),
  },
  {
    code: 'hard_link',
    because: 'a hard link',
    bytes: () => withEntry({ path: 'l', type: '1', linkTo: 'index.js' }),
    where: 'l',
  },
  {
    code: 'symbolic_link',
    because: 'a link out',
    bytes: () => withEntry({ path: 'l', type: '2', linkTo: '/etc' }),
    where: 'l',
  },
  {
    code: 'device_entry',
    because: 'a character device',
    bytes: () => withEntry({ path: 'd', type: '3' }),
    where: 'd',
  },
  {
    code: 'device_entry',
    because: 'a block device',
    bytes: () => withEntry({ path: 'd', type: '4' }),
    where: 'd',
  },
  { code: 'device_entry', because: 'a pipe', bytes: () => withEntry({ path: 'd', type: '6' }), where: 'd' },
  {
    code: 'directory_entry',
    because: 'a folder',
    bytes: () => withEntry({ path: 'd/', type: '5' }),
    where: 'd/',
  },
  { code: 'extension_header', because: 'a pax header', bytes: () => withEntry({ path: 'p', type: 'x' }) },
  {
    code: 'extension_header',
    because: 'a global pax header',
    bytes: () => withEntry({ path: 'p', type: 'g' }),
  },
  { code: 'extension_header', because: 'a GNU long name', bytes: () => withEntry({ path: 'p', type: 'L' }) },
  {
    code: 'entry_type',
    because: 'a contiguous file',
    bytes: () => withEntry({ path: 'c', type: '7' }),
    where: 'c',
  },
  {
    code: 'path_absolute',
    because: 'a root',
    bytes: () => withEntry({ path: '/etc/passwd' }),
    where: '/etc/passwd',
  },
  { code: 'path_absolute', because: 'a drive', bytes: () => withEntry({ path: 'C:evil' }), where: 'C:evil' },
  {
    code: 'path_climbs_out',
    because: 'a way up',
    bytes: () => withEntry({ path: '../evil.js' }),
    where: '../evil.js',
  },
  {
    code: 'path_climbs_out',
    because: 'a way up inside',
    bytes: () => withEntry({ path: 'a/../../b' }),
    where: 'a/../../b',
  },
  {
    code: 'path_backslash',
    because: 'a folder on Windows',
    bytes: () => withEntry({ path: 'a\\b' }),
    where: 'a\\b',
  },
  {
    code: 'path_nul',
    because: 'a NUL inside',
    bytes: () => withEntry({ path: 'index.js\0.txt' }),
    where: 'index.js\\u0000.txt',
  },
  {
    code: 'path_not_canonical',
    because: 'a dot segment',
    bytes: () => withEntry({ path: './index.js' }),
    where: './index.js',
  },
  {
    code: 'path_not_canonical',
    because: 'two slashes',
    bytes: () => withEntry({ path: 'a//b' }),
    where: 'a//b',
  },
  { code: 'path_not_ascii', because: 'a composed letter', bytes: () => withEntry({ path: 'caf\u00e9.js' }) },
  {
    code: 'path_not_ascii',
    because: 'the same letter, decomposed',
    bytes: () => withEntry({ path: 'cafe\u0301.js' }),
  },
  {
    code: 'path_not_portable',
    because: 'a device of Windows',
    bytes: () => withEntry({ path: 'lib/NUL.js' }),
  },
  { code: 'path_not_portable', because: 'a trailing dot', bytes: () => withEntry({ path: 'index.js.' }) },
  { code: 'path_not_portable', because: 'a control character', bytes: () => withEntry({ path: 'a\x1b[2J' }) },
  {
    code: 'path_hidden',
    because: 'a dotfile',
    bytes: () => withEntry({ path: 'lib/.env' }),
    where: 'lib/.env',
  },
  {
    code: 'path_case_collision',
    because: 'Index.js beside index.js',
    bytes: () => withFiles({ 'Index.js': '1' }),
  },
  {
    code: 'path_file_and_folder',
    because: 'a file that is a folder',
    bytes: () => withFiles({ a: '1', 'a/b': '2' }),
  },
  {
    code: 'path_file_and_folder',
    because: 'a folder that is a file',
    bytes: () => withFiles({ 'a/b': '2', A: '1' }),
  },
  {
    code: 'path_file_and_folder',
    because: 'a file behind its folder',
    bytes: () => withFiles({ 'A/b': '2', a: '1' }),
    where: 'a',
  },
  {
    code: 'duplicate_path',
    because: 'a file twice',
    bytes: () => replaced('index.js', (one) => [one, one]),
    where: 'index.js',
  },
  {
    code: 'entries_unsorted',
    because: 'another order',
    bytes: () => craft({ entries: ([a, b, ...rest]) => [b!, a!, ...rest] }),
  },
  {
    code: 'entries_unsorted',
    because: 'the attestation first',
    bytes: () => craft({ entries: (entries) => [...entries.slice(-1), ...entries.slice(0, -1)] }),
  },
  {
    code: 'two_manifests',
    because: 'a second manifest',
    bytes: () => replaced('manifest.json', (one) => [one, { ...one, bytes: Buffer.from('{}') }]),
    where: 'manifest.json',
  },
  {
    code: 'two_manifests',
    because: 'a manifest in capitals',
    bytes: () => withEntry({ path: 'Manifest.json' }),
  },
  { code: 'manifest_missing', because: 'no manifest', bytes: () => replaced('manifest.json', () => []) },
  {
    code: 'manifest_invalid',
    because: 'no JSON',
    bytes: () => craft({ manifest: '{' }),
    where: 'manifest.json',
  },
  {
    code: 'manifest_invalid',
    because: 'an unknown key',
    bytes: () => craft({ manifest: { ...plainManifest, x: 1 } }),
    where: 'manifest.json#/x',
  },
  {
    code: 'manifest_invalid',
    because: 'a key twice',
    bytes: () => craft({ manifest: JSON.stringify(plainManifest).replace('{', '{"name":"other",') }),
  },
  {
    code: 'network_unrestricted',
    because: 'the whole network',
    bytes: () => craft({ manifest: { ...plainManifest, capabilities: { network: true } } }),
    where: 'manifest.json#/capabilities/network',
  },
  {
    code: 'entry_missing',
    because: 'an entry that is not there',
    bytes: () => craft({ files: { 'other.js': '' } }),
    where: 'index.js',
  },
  {
    code: 'table_missing',
    because: 'a table that is not there',
    bytes: () => craft({ manifest: dataManifest('t.csv') }),
    where: 't.csv',
  },
  {
    code: 'native_addon',
    because: 'an addon',
    bytes: () => withFiles({ 'lib/x.Node': '' }),
    where: 'lib/x.Node',
  },
  { code: 'sbom_missing', because: 'no SBOM', bytes: () => replaced('sbom.spdx.json', () => []) },
  {
    code: 'sbom_invalid',
    because: 'another SPDX',
    bytes: () => craft({ sbom: (l) => ({ ...plainSbom(l), spdxVersion: 'SPDX-2.2' }) }),
  },
  {
    code: 'sbom_invalid',
    because: 'no files',
    bytes: () => craft({ sbom: () => ({ spdxVersion: 'SPDX-2.3' }) }),
  },
  {
    code: 'sbom_invalid',
    because: 'more files than a package can hold',
    bytes: () => craft({ sbom: () => ({ spdxVersion: 'SPDX-2.3', files: Array(2001).fill({}) }) }),
    where: 'sbom.spdx.json#/files',
  },
  {
    code: 'sbom_invalid',
    because: 'a file listed twice',
    bytes: () =>
      craft({
        sbom: (l) => ({ spdxVersion: 'SPDX-2.3', files: [...plainSbom(l).files, ...plainSbom(l).files] }),
      }),
  },
  {
    code: 'sbom_invalid',
    because: 'a file without SHA-256',
    bytes: () =>
      craft({
        sbom: () => ({ spdxVersion: 'SPDX-2.3', files: [{ fileName: './index.js', checksums: [] }] }),
      }),
    where: 'sbom.spdx.json#/files/0/checksums',
  },
  {
    code: 'file_altered',
    because: 'other content',
    bytes: () => replaced('index.js', (one) => [{ ...one, bytes: Buffer.from('evil') }]),
    where: 'index.js',
  },
  {
    code: 'file_extra',
    because: 'a file more',
    bytes: () => withEntry({ path: 'evil.js' }),
    where: 'evil.js',
  },
  {
    code: 'file_missing',
    because: 'a file less',
    bytes: () => replaced('index.js', () => []),
    where: 'index.js',
  },
  {
    code: 'file_renamed',
    because: 'another name',
    bytes: () => replaced('index.js', (one) => [{ ...one, path: 'indey.js' }]),
    where: 'indey.js',
  },
  {
    code: 'provenance_missing',
    because: 'no provenance, and an SBOM that agrees',
    bytes: () => withoutProvenance(),
  },
  {
    code: 'provenance_mismatch',
    because: 'another provenance signed',
    bytes: () => craft({ statement: (one) => ({ ...one, predicate: { other: true } }) }),
    where: 'provenance.json',
  },
  {
    code: 'attestation_missing',
    because: 'an unsigned package',
    bytes: () => replaced('attestation.sigstore.json', () => []),
  },
  {
    code: 'attestation_duplicate',
    because: 'two attestations',
    bytes: () => replaced('attestation.sigstore.json', (one) => [one, one]),
  },
  { code: 'attestation_malformed', because: 'no bundle', bytes: () => craft({ attestation: () => ({}) }) },
  {
    code: 'attestation_malformed',
    because: 'spaces in the JSON',
    bytes: () =>
      replaced('attestation.sigstore.json', (one) => [
        { ...one, bytes: Buffer.concat([Buffer.of(0x20), one.bytes]) },
      ]),
  },
  {
    code: 'attestation_malformed',
    because: 'two signatures',
    bytes: () =>
      craft({
        attestation: (b) => ({
          ...b,
          dsseEnvelope: {
            ...b.dsseEnvelope,
            signatures: [...b.dsseEnvelope.signatures, ...b.dsseEnvelope.signatures],
          },
        }),
      }),
  },
  {
    code: 'attestation_malformed',
    because: 'two subjects',
    bytes: () => craft({ statement: (one) => ({ ...one, subject: [...one.subject, ...one.subject] }) }),
  },
  {
    code: 'attestation_for_another_package',
    because: 'another name signed',
    bytes: () =>
      craft({ statement: (one) => ({ ...one, subject: [{ ...one.subject[0], name: 'other-1.0.0' }] }) }),
  },
  {
    code: 'attestation_for_other_content',
    because: 'the attestation of other content',
    bytes: () => {
      const other = craftEntries({ publisher, files: { 'index.js': 'other' } }).at(-1)!
      return replaced('attestation.sigstore.json', () => [other])
    },
  },
  {
    code: 'unknown_signer',
    because: 'a stranger',
    bytes: () => craftPackage({ publisher: craftPublisher() }),
  },
  { code: 'unknown_signer', because: 'no key pinned', bytes: () => good, keys: [] },
  {
    code: 'signature_invalid',
    because: 'a stranger under the key id of a publisher',
    bytes: () => craftPackage({ publisher: { ...craftPublisher(), pinned: publisher.pinned } }),
  },
  {
    code: 'publisher_mismatch',
    because: 'the name of another publisher',
    bytes: () => craft({ manifest: { ...plainManifest, publisher: 'Somebody Else' } }),
    where: 'manifest.json#/publisher',
  },
  {
    code: 'pinned_key_invalid',
    because: 'a key filed under another id',
    bytes: () => good,
    keys: [{ ...craftPublisher().pinned, keyId: publisher.pinned.keyId }],
  },
  {
    code: 'pinned_key_invalid',
    because: 'a key on another curve',
    bytes: () => craftPackage({ publisher: otherCurve }),
    keys: [otherCurve.pinned],
  },
  {
    code: 'pinned_key_invalid',
    because: 'no PEM',
    bytes: () => good,
    keys: [{ ...publisher.pinned, spkiPem: 'key' }],
  },
]

function withoutProvenance(): Uint8Array {
  return craft({
    sbom: (listed) => {
      delete listed['provenance.json']
      return plainSbom(listed)
    },
    entries: (entries) => entries.filter((entry) => entry.path !== 'provenance.json'),
  })
}

for (const { code, because, bytes, where, limits, keys } of cases) {
  test(`a package is refused with ${code} for ${because}`, async () => {
    const options = { publisherKeys: keys ?? publisherKeys, limits: { ...packageLimits, ...limits } }
    const verdict = await verifyPackage(bytes(), options)
    assert.equal(verdict.ok ? 'verified' : verdict.code, code, verdict.ok ? '' : verdict.message)
    if (verdict.ok || where === undefined) return
    assert.equal(verdict.where, where)
  })
}

test('every refusal code has a case that provokes it', () => {
  const provoked = new Set(cases.map((one) => one.code))
  assert.deepEqual(
    Object.keys(packageRefusals).filter((code) => !provoked.has(code as PackageRefusalCode)),
    [],
  )
})

test('a package made from the description of the format verifies, with what the caller needs', async () => {
  const verdict = await verifyPackage(good, {
    publisherKeys: [craftPublisher('Other').pinned, publisher.pinned],
  })
  assert.ok(verdict.ok)
  assert.equal(verdict.publisher, 'Example Works')
  assert.equal(verdict.keyId, publisher.pinned.keyId)
  assert.equal(verdict.manifest.name, 'crafted')
  assert.equal(verdict.attestation.packageDigest, verdict.digest)
  assert.deepEqual(
    [...verdict.files.keys()],
    ['index.js', 'manifest.json', 'provenance.json', 'sbom.spdx.json', 'attestation.sigstore.json'],
  )
})

test('a refusal for an unknown signer names the key that signed', async () => {
  const verdict = await verifyPackage(good, { publisherKeys: [] })
  assert.equal(!verdict.ok && verdict.keyId, publisher.pinned.keyId)
})

test('a data package may be larger than a plugin', async () => {
  const bytes = craft({ manifest: dataManifest('t.csv'), files: { 't.csv': 'port\n80\n' } })
  const verdict = await verifyPackage(bytes, { publisherKeys, limits: { ...packageLimits, pluginBytes: 10 } })
  assert.equal(verdict.ok && verdict.manifest.kind, 'data')
})
