import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundlingFiles } from '../../../../tests/support/test-package.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import { librariesOf } from './show-sbom.ts'

test('what is bundled into a version is answered out of its signed SBOM, to whoever may read about packages', async (t) => {
  const s = await createTestServer(t)
  await s.add(s.a, { files: bundlingFiles })
  await s.add(s.a, { name: 'plain' })
  const shown = await s.value(s.a.analyst, 'plugin.sbom', { id: 'probe' })
  assert.deepEqual(shown.libraries, [
    { name: 'left-side', version: '1.2.3', licence: 'MIT', purl: 'pkg:npm/left-side@1.2.3' },
  ])
  const detail = await s.value(s.a.analyst, 'plugin.detail', { id: 'probe' })
  assert.equal(shown.digest, detail.package.digest)
  assert.equal(JSON.parse(Buffer.from(shown.spdx, 'base64').toString()).spdxVersion, 'SPDX-2.3')
  assert.ok(detail.keyPinnedAt !== null && detail.keyPinnedAt > 0)
  assert.deepEqual((await s.value(s.a.auditor, 'plugin.sbom', { id: 'plain' })).libraries, [])
  assert.equal((await s.denial(s.a.analyst, 'plugin.sbom', { id: 'nothing' })).code, 'package_unknown')
  const other = await s.denial(s.a.analyst, 'plugin.sbom', { id: 'probe', version: '9.0.0' })
  assert.deepEqual([other.code, other.params['version']], ['package_unknown', '9.0.0'])
  assert.equal((await s.denial(s.b.analyst, 'plugin.sbom', { id: 'probe' })).code, 'package_unknown')
})

test('packages are found by what is held of their publisher', async (t) => {
  const s = await createTestServer(t)
  await s.add(s.a, {})
  const names = async (trust: 'pinned' | 'verified') =>
    (await s.value(s.a.analyst, 'plugin.list', { trust })).rows.map(({ name }) => name)
  assert.deepEqual([await names('pinned'), await names('verified')], [['probe'], []])
  await s.value(s.a.admin, 'publisher.verify', { publisher: 'Test publisher', note: 'known' })
  assert.deepEqual([await names('pinned'), await names('verified')], [[], ['probe']])
})

test('whatever an SBOM holds beside its files, its libraries are rows of text', () => {
  for (const odd of [
    {},
    { packages: 7 },
    { packages: [null, 7, 'x'] },
    { relationships: [null], packages: {} },
  ])
    assert.deepEqual(librariesOf(odd), [])
  const found = librariesOf({
    documentDescribes: ['me'],
    packages: [
      { SPDXID: 'me', name: 'me' },
      {
        SPDXID: 'other',
        name: 7,
        versionInfo: 'x'.repeat(900),
        licenseDeclared: 'NOASSERTION',
        licenseConcluded: 'ISC',
      },
    ],
  })
  assert.deepEqual(found, [{ name: '', version: 'x'.repeat(500), licence: 'ISC', purl: null }])
})
