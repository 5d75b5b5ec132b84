import { allow, deny, marketplaceDenials } from '@switchboard/api'
import type { VerifiedPackage } from '@switchboard/verifier'
import type { Reader } from '../kernel/db/index.ts'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { versionsOf } from './package-store.ts'

const sbomPath = 'sbom.spdx.json'
const mostLibraries = 5_000
const mostLetters = 500

/** `plugin.sbom`: out of the verified package, since the shelf keeps only the list of files. */
export function showSbom(deps: {
  /** Not kept in memory: whoever looks along a shelf would fill it. */
  readonly verifyStored: (db: Reader, organisation: string, fileSha256: string) => Promise<VerifiedPackage>
}): Registration {
  // A package may unpack to hundreds of megabytes: however many ask at once, one of them is in memory.
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
  return handleRead(operationOf('plugin.sbom'), {
    async run(ctx, { id, version }) {
      const { organisation } = ctx.actor
      const versions = await versionsOf(ctx.read, organisation, id)
      const row = version === undefined ? versions.at(-1) : versions.find((each) => each.version === version)
      if (row === undefined)
        return deny(marketplaceDenials, 'package_unknown', {
          package: id,
          ...(version === undefined ? {} : { version }),
        })
      const { sbom, files } = await inTurn(() => deps.verifyStored(ctx.read, organisation, row.file_sha256))
      return allow({
        package: id,
        version: row.version,
        digest: row.digest,
        libraries: librariesOf(sbom),
        // The verifier refuses a package without one.
        spdx: Buffer.from(files.get(sbomPath) ?? []).toString('base64'),
      })
    },
  })
}

/**
 * Every package of an SPDX document but those that the document describes, which are the plugin itself. Only its files
 * were checked by the verifier: the rest is as a publisher's tool wrote it, so nothing is taken for granted.
 */
export function librariesOf(sbom: Readonly<Record<string, unknown>>) {
  const described = new Set(
    objectsOf(sbom['relationships'])
      .filter((each) => each['relationshipType'] === 'DESCRIBES')
      .map((each) => each['relatedSpdxElement']),
  )
  for (const each of Array.isArray(sbom['documentDescribes']) ? sbom['documentDescribes'] : [])
    described.add(each)
  return objectsOf(sbom['packages'])
    .filter((each) => !described.has(each['SPDXID']))
    .slice(0, mostLibraries)
    .map((each) => ({
      name: textOf(each['name']) ?? '',
      version: textOf(each['versionInfo']) ?? '',
      licence: stated(each['licenseDeclared']) ?? stated(each['licenseConcluded']),
      purl: purlOf(each),
    }))
}

function purlOf(library: Readonly<Record<string, unknown>>): string | null {
  const reference = objectsOf(library['externalRefs']).find((each) => each['referenceType'] === 'purl')
  return textOf(reference?.['referenceLocator'])
}

/** SPDX writes that something is not stated in words of its own. */
function stated(value: unknown): string | null {
  return value === 'NOASSERTION' ? null : textOf(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, mostLetters) : null
}

function objectsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : []
}
