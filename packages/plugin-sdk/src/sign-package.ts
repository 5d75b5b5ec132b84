import { sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { bundleToJSON } from '@sigstore/bundle'
import { DSSEBundleBuilder } from '@sigstore/sign'
import { readArchive, writeArchive } from './archive.ts'
import { digestOfFiles, jcs } from './canonical.ts'
import { readManifest } from './manifest/read-manifest.ts'
import { PackRefused } from './pack-refusal.ts'
import { replaceFile } from './pack-package.ts'
import { layout } from './package-layout.ts'
import { readPrivateKey } from './publisher-key.ts'

export interface SignedPackage {
  readonly file: string
  readonly name: string
  readonly version: string
  readonly digest: string
  /** What administrators pin: the signer. */
  readonly keyId: string
}

/**
 * Signs a packed file in place: adds attestation.sigstore.json, a Sigstore bundle v0.3 over an in-toto statement that names
 * the package and its digest. Offline: no log entry, no timestamp. ECDSA signatures are randomised, so signing twice
 * gives different bytes for the same digest.
 *
 * @throws {PackRefused} `not_a_package`, `already_signed`, `key_invalid`
 */
export async function signPackage(
  file: string,
  options: { readonly privateKeyPem: string },
): Promise<SignedPackage> {
  const { key, keyId } = readPrivateKey(options.privateKeyPem)
  const files = new Map(await readArchive(await readFile(file)))
  if (files.has(layout.attestation)) throw new PackRefused('already_signed', layout.attestation)
  const manifestBytes = files.get(layout.manifest)
  const provenance = files.get(layout.provenance)
  if (manifestBytes === undefined || provenance === undefined)
    throw new PackRefused('not_a_package', layout.manifest)
  const { name, version } = readManifest(Buffer.from(manifestBytes).toString('utf8'))
  const digest = digestOfFiles(files)
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: `${name}-${version}`, digest: { sha256: digest } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: JSON.parse(Buffer.from(provenance).toString('utf8')),
  }
  // No witnesses: nothing of this leaves the machine, and verifying needs nothing but the pinned key.
  const builder = new DSSEBundleBuilder({
    signer: {
      sign: async (data) => ({
        signature: sign('sha256', data, key),
        key: { $case: 'publicKey', publicKey: '', hint: keyId },
      }),
    },
    witnesses: [],
  })
  const bundle = await builder.create({
    data: Buffer.from(jcs(statement)),
    type: 'application/vnd.in-toto+json',
  })
  files.set(layout.attestation, Buffer.from(jcs(bundleToJSON(bundle))))
  await replaceFile(file, await writeArchive(files))
  return { file, name, version, digest, keyId }
}
