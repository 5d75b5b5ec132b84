import { digestOfFiles } from './canonical.ts'
import type { Manifest } from './manifest/manifest-schema.ts'

/**
 * A SLSA v1 predicate that claims no more than is known: somebody packed these files on a machine of their own. That is
 * SLSA build level 1 at most; a hosted builder will say more under another builder id.
 */
export function buildProvenance(
  manifest: Manifest,
  inputs: ReadonlyMap<string, Uint8Array>,
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
      ],
    },
    runDetails: {
      builder: { id: packer.id, version: { '@switchboard/plugin-sdk': packer.version } },
      metadata: packedAt === undefined ? {} : { finishedOn: new Date(packedAt).toISOString() },
    },
  }
}
