import type { Findings } from './findings.ts'
import type { ManifestBody } from './manifest.ts'
import { verifyAttestation } from './package/index.ts'
import type { PublisherKey } from './package/index.ts'
import type { NotChecked } from './report.ts'

/**
 * Checks the attestations of a bundle's packages, each under the publisher key the manifest names, if that key was given
 * from outside. The one place where the evidence half of this package meets the package half.
 *
 * @returns how many were checked, and what was not.
 */
export async function verifyAttestations(
  manifest: ManifestBody,
  documents: ReadonlyMap<string, Uint8Array>,
  publisherKeys: readonly PublisherKey[],
  findings: Findings,
): Promise<{ readonly checked: number; readonly notChecked: readonly NotChecked[] }> {
  const notChecked: NotChecked[] = []
  let checked = 0
  const byPackage = Map.groupBy(manifest.attestations, (attestation) => attestation.package)
  for (const { name: packageName, version, digest, keyId } of manifest.marketplace) {
    const name = `${packageName}-${version}`
    const what = `publisher's signature of ${packageName} ${version}`
    const listed = byPackage.get(name) ?? []
    const given = publisherKeys.filter((key) => key.keyId === keyId)
    if (listed.length === 0)
      notChecked.push({ what, why: 'the bundle holds no attestation of it', because: 'absent' })
    else if (given.length === 0)
      notChecked.push({ what, why: `key ${keyId} was not given`, because: 'not_given' })
    else {
      for (const { sha256 } of listed) {
        const attestation = documents.get(sha256)
        // An absent or altered document has been reported already, by its line.
        if (attestation === undefined) continue
        const verdict = await verifyAttestation({
          attestation,
          packageDigest: digest,
          name,
          publisherKeys: given,
        })
        checked++
        if (!verdict.ok)
          findings.red(`attestation of ${name}`, 'attestation_invalid', `${verdict.code}: ${verdict.message}`)
      }
    }
  }
  return { checked, notChecked }
}
