import { sha256 } from './canonical.ts'
import { idOf } from './bundle/bundled-library.ts'
import type { BundledLibrary } from './bundle/bundled-library.ts'
import type { Manifest } from './manifest/manifest-schema.ts'
import { integrityHex, isSpdxExpression, purlOf } from './library-identity.ts'

/**
 * A CycloneDX 1.6 document of the bundled libraries, for the tools that read this form. The file list is in the SPDX
 * document, which packing holds every file against.
 *
 * @param createdAt ms since the Unix epoch; without it no time is stated
 */
export function buildCycloneDx(
  manifest: Manifest,
  libraries: readonly BundledLibrary[],
  packer: { readonly name: string; readonly version: string },
  createdAt?: number,
) {
  const root = `urn:switchboard:package:${manifest.name}@${manifest.version}`
  const refOf = new Map(libraries.map((library) => [idOf(library), purlOf(library)]))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(`${root}\n${[...refOf.values()].join('\n')}`)}`,
    version: 1,
    metadata: {
      ...(createdAt !== undefined && { timestamp: new Date(createdAt).toISOString() }),
      tools: { components: [{ type: 'application', name: packer.name, version: packer.version }] },
      component: {
        type: 'application',
        'bom-ref': root,
        name: manifest.name,
        version: manifest.version,
        ...licencesOf(manifest.licence),
      },
    },
    components: libraries.map((library) => {
      const hash = integrityHex(library.integrity)
      const [scope, name] = library.name.startsWith('@') ? library.name.split('/') : [undefined, library.name]
      return {
        type: 'library',
        'bom-ref': purlOf(library),
        ...(scope === undefined ? {} : { group: scope }),
        name: name ?? library.name,
        version: library.version,
        ...(hash === undefined
          ? {}
          : { hashes: [{ alg: hash.algorithm.replace('SHA', 'SHA-'), content: hash.hex }] }),
        ...licencesOf(library.licence),
        purl: purlOf(library),
      }
    }),
    dependencies: [
      { ref: root, dependsOn: libraries.filter(({ direct }) => direct).map(purlOf) },
      ...libraries.map((library) => ({
        ref: purlOf(library),
        dependsOn: library.dependsOn.flatMap((id) => refOf.get(id) ?? []),
      })),
    ],
  }
}

function licencesOf(licence: string | undefined) {
  if (licence === undefined) return {}
  return {
    licenses: [isSpdxExpression(licence) ? { expression: licence } : { license: { name: licence } }],
  }
}

/** A UUID of version 8, RFC 9562: made from what it names, so that the same input gives the same bytes. */
function uuidOf(text: string): string {
  const hex = sha256(text)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
