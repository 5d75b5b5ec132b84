import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { bundleFromJSON } from '@sigstore/bundle'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'
import { verifyPackage } from '@switchboard/verifier/package'
import { craftGzip } from '@switchboard/verifier/package-testing'
import { generatePublisherKey, packPackage, signPackage } from './index.ts'
import { pluginManifest } from './testing/manifest-cases.ts'

const run = promisify(execFile)

async function signedPackage() {
  const dir = await mkdtemp(join(tmpdir(), 'switchboard-interop-'))
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(pluginManifest))
  await writeFile(join(dir, 'index.js'), 'exports.run = async () => 1\n')
  const packed = await packPackage(dir, { outDir: join(dir, '.out') })
  const key = generatePublisherKey()
  await signPackage(packed.file, key)
  const { stdout } = await run('tar', ['xzOf', packed.file, 'attestation.sigstore.json'])
  return {
    dir,
    file: packed.file,
    key,
    attestation: stdout,
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  }
}

async function has(tool: string, version: string): Promise<boolean> {
  return run(tool, [version]).then(
    () => true,
    () => false,
  )
}

test("Sigstore's own verifier accepts the attestation offline, and refuses it under another key", async () => {
  await using made = await signedPackage()
  const entity = toSignedEntity(bundleFromJSON(JSON.parse(made.attestation)))
  const verifierFor = (pem: string) => {
    const root = {
      mediaType: '',
      tlogs: [],
      certificateAuthorities: [],
      ctlogs: [],
      timestampAuthorities: [],
    }
    const trusted = toTrustMaterial(root, () => ({ publicKey: createPublicKey(pem), validFor: () => true }))
    return new Verifier(trusted, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 })
  }
  assert.doesNotThrow(() => verifierFor(made.key.publicKeyPem).verify(entity))
  assert.throws(() => verifierFor(generatePublisherKey().publicKeyPem).verify(entity))
})

test('openssl accepts the signature over the DSSE encoding', async (t) => {
  if (!(await has('openssl', 'version'))) return t.skip('there is no openssl on the PATH')
  await using made = await signedPackage()
  const { payload, payloadType, signatures } = JSON.parse(made.attestation).dsseEnvelope
  const body = Buffer.from(payload, 'base64')
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `),
    body,
  ])
  const at = (name: string) => join(made.dir, name)
  await writeFile(at('signed'), signed)
  await writeFile(at('signature'), Buffer.from(signatures[0].sig, 'base64'))
  await writeFile(at('key.pem'), made.key.publicKeyPem)
  const args = ['dgst', '-sha256', '-verify', at('key.pem'), '-signature', at('signature'), at('signed')]
  assert.match((await run('openssl', args)).stdout, /Verified OK/)
})

test('an archive that the system tar made with a link in it is refused, plain and in our envelope', async (t) => {
  if (!(await has('tar', '--version'))) return t.skip('there is no tar on the PATH')
  await using made = await signedPackage()
  await symlink('/etc/hostname', join(made.dir, 'link.js'))
  const tar = join(made.dir, 'made.tar')
  await run('tar', ['-C', made.dir, '--format=ustar', '-cf', tar, 'link.js', 'manifest.json'])
  const enveloped = await verifyPackage(craftGzip(await readFile(tar)), { publisherKeys: [] })
  assert.deepEqual(!enveloped.ok && [enveloped.code, enveloped.where], ['symbolic_link', 'link.js'])
  await run('tar', ['-C', made.dir, '-czf', `${tar}.gz`, 'link.js', 'manifest.json'])
  const plain = await verifyPackage(await readFile(`${tar}.gz`), { publisherKeys: [] })
  assert.equal(!plain.ok && plain.code, 'gzip_not_canonical')
})

test('a package that other tools unpack and pack again is refused: one content, one form', async (t) => {
  if (!(await has('tar', '--version'))) return t.skip('there is no tar on the PATH')
  await using made = await signedPackage()
  await run('tar', ['-C', made.dir, '--one-top-level=again', '-xzf', made.file])
  const names = [
    'index.js',
    'manifest.json',
    'provenance.json',
    'sbom.spdx.json',
    'attestation.sigstore.json',
  ]
  const tar = join(made.dir, 'again.tar')
  await run('tar', ['-C', join(made.dir, 'again'), '--format=ustar', '-cf', tar, ...names])
  const verdict = await verifyPackage(craftGzip(await readFile(tar)), { publisherKeys: [] })
  assert.deepEqual(!verdict.ok && [verdict.code, verdict.where], ['tar_header_not_canonical', 'index.js'])
})
