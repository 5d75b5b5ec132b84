import type { BundledLibrary } from './bundle/bundled-library.ts'
import { digestOfFiles } from './canonical.ts'
import { integrityHex, purlOf } from './library-identity.ts'
import type { Manifest } from './manifest/manifest-schema.ts'

/**
 * A SLSA v1 predicate that claims no more than is known: somebody packed these files on a machine of their own. That is
 * SLSA build level 1 at most; a hosted builder will say more under another builder id.
 */
export function buildProvenance(
  manifest: Manifest,
  inputs: ReadonlyMap<string, Uint8Array>,
  libraries: readonly BundledLibrary[],
  packer: { readonly id: string; readonly version: string },
  packedAt?: number,
) {
  return {
    buildDefinition: {
      buildType: 'urn:switchboard:build:local-pack:v1',
      externalParameters: { name: manifest.name, version: manifest.version, kind: manifest.kind ?? 'plugin' },
      internalParameters: {},
      resolvedDependencies: [
        {
          name: 'inputs',
          digest: { sha256: digestOfFiles(inputs) },
          annotations: {
            files: inputs.size,
            meaning: 'SHA-256 of the canonical JSON {path: sha256} of the packed folder',
          },
        },
        ...libraries.map((library) => {
          const checksum = integrityHex(library.integrity)
          return {
            name: library.name,
            uri: purlOf(library),
            ...(checksum !== undefined && { digest: { [checksum.algorithm.toLowerCase()]: checksum.hex } }),
          }
        }),
      ],
    },
    runDetails: {
      builder: { id: packer.id, version: { '@switchboard/plugin-sdk': packer.version } },
      metadata: packedAt === undefined ? {} : { finishedOn: new Date(packedAt).toISOString() },
    },
  }
}
