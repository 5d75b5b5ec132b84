import { createHash } from 'node:crypto'
import { idOf } from './bundle/bundled-library.ts'
import type { BundledLibrary } from './bundle/bundled-library.ts'
import { sha256 } from './canonical.ts'
import { integrityHex, isSpdxExpression, purlOf } from './library-identity.ts'
import type { Manifest } from './manifest/manifest-schema.ts'

/**
 * An SPDX 2.3 document that lists every file with its SHA-256 (and the SHA-1 that SPDX 2.3 demands and nobody here trusts), and
 * every bundled library.
 *
 * @param createdAt ms since the Unix epoch; without it the document says that no clock was read
 */
export function buildSbom(
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
  creator: string,
  libraries: readonly BundledLibrary[],
  createdAt?: number,
) {
  const libraryIds = new Map(
    libraries.map((library, i) => [idOf(library), `SPDXRef-Library-${i + 1}`] as const),
  )
  const id = `${manifest.name}-${manifest.version}`
  const listed = [...files].map(([path, bytes], i) => ({
    SPDXID: `SPDXRef-File-${i + 1}`,
    fileName: `./${path}`,
    checksums: [
      { algorithm: 'SHA1', checksumValue: sha1(bytes) },
      { algorithm: 'SHA256', checksumValue: sha256(bytes) },
    ],
    licenseConcluded: 'NOASSERTION',
    licenseInfoInFiles: ['NOASSERTION'],
    copyrightText: 'NOASSERTION',
  }))
  const sums = listed.map((file) => file.checksums[0]?.checksumValue ?? '').sort()
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: id,
    documentNamespace: `urn:switchboard:spdx:${id}:${sha256(listed.map((file) => file.checksums[1]?.checksumValue).join())}`,
    creationInfo: {
      // SPDX demands a date. A constant one keeps the same input giving the same bytes, and the comment says so.
      created: new Date(createdAt ?? 0).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      creators: [`Tool: ${creator}`],
      ...(createdAt === undefined && { comment: 'Reproducible: no clock was read, the date is a constant.' }),
    },
    packages: [
      {
        SPDXID: 'SPDXRef-Package',
        name: manifest.name,
        versionInfo: manifest.version,
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: true,
        packageVerificationCode: {
          packageVerificationCodeValue: sha1(sums.join('')),
          packageVerificationCodeExcludedFiles: ['./sbom.spdx.json', './attestation.sigstore.json'],
        },
        licenseConcluded: 'NOASSERTION',
        licenseDeclared: spdxExpression(manifest.licence),
        licenseInfoFromFiles: ['NOASSERTION'],
        copyrightText: 'NOASSERTION',
      },
      ...libraries.map((library) => {
        const checksum = integrityHex(library.integrity)
        return {
          SPDXID: libraryIds.get(idOf(library)),
          name: library.name,
          versionInfo: library.version,
          downloadLocation: 'NOASSERTION',
          filesAnalyzed: false,
          ...(checksum !== undefined && {
            checksums: [{ algorithm: checksum.algorithm, checksumValue: checksum.hex }],
          }),
          licenseConcluded: 'NOASSERTION',
          licenseDeclared: spdxExpression(library.licence),
          copyrightText: 'NOASSERTION',
          externalRefs: [
            {
              referenceCategory: 'PACKAGE-MANAGER',
              referenceType: 'purl',
              referenceLocator: purlOf(library),
            },
          ],
        }
      }),
    ],
    files: listed,
    relationships: [
      {
        spdxElementId: 'SPDXRef-DOCUMENT',
        relationshipType: 'DESCRIBES',
        relatedSpdxElement: 'SPDXRef-Package',
      },
      ...listed.map((file) => ({
        spdxElementId: 'SPDXRef-Package',
        relationshipType: 'CONTAINS',
        relatedSpdxElement: file.SPDXID,
      })),
      // Their code is in the entry's file, and who depends on whom is as the code imports.
      ...libraries.map((library) => ({
        spdxElementId: 'SPDXRef-Package',
        relationshipType: 'STATIC_LINK',
        relatedSpdxElement: libraryIds.get(idOf(library)),
      })),
      ...libraries.flatMap((library) =>
        library.dependsOn.map((id) => ({
          spdxElementId: libraryIds.get(idOf(library)),
          relationshipType: 'DEPENDS_ON',
          relatedSpdxElement: libraryIds.get(id),
        })),
      ),
      ...libraries
        .filter(({ direct }) => direct)
        .map((library) => ({
          spdxElementId: 'SPDXRef-Package',
          relationshipType: 'DEPENDS_ON',
          relatedSpdxElement: libraryIds.get(idOf(library)),
        })),
    ],
  }
}

function spdxExpression(licence: string | undefined): string {
  return licence !== undefined && isSpdxExpression(licence) ? licence : 'NOASSERTION'
}

function sha1(bytes: Uint8Array | string): string {
  return createHash('sha1').update(bytes).digest('hex')
}
