import type { Json, JsonObject } from './canonical-json.ts'
import type { Findings } from './findings.ts'
import { hasExactly, isCount, isDecimal, isList, isObject, isSha256Hex, isText } from './shape.ts'

export interface PackageListing {
  readonly name: string
  readonly version: string
  readonly digest: string
  readonly publisher: string
  readonly keyId: string
}

/** A document about a package: its SBOM or its attestation. */
export interface PackageDocument {
  /** `NAME-VERSION`. */
  readonly package: string
  readonly sha256: string
}

export interface PerfCost {
  readonly calls: number
  readonly rows: number
  readonly runs: number
  readonly costMicros: bigint
  readonly wallMicros: bigint
  readonly cpuMicros: bigint
  readonly bytesIn: bigint
  readonly bytesOut: bigint
}

/** What the manifests of both versions state. */
export interface ManifestBody {
  readonly kind: 'case' | 'period' | 'release'
  readonly scope: JsonObject
  readonly createdAt: number
  readonly documents: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[]
  readonly marketplace: readonly PackageListing[]
  readonly sbom: readonly PackageDocument[]
  readonly attestations: readonly PackageDocument[]
  readonly perfCost: PerfCost
}

export interface Manifest extends ManifestBody {
  readonly origin: string
  readonly receipts: { readonly count: number; readonly sha256: string }
}

const bigCounters = ['costMicros', 'wallMicros', 'cpuMicros', 'bytesIn', 'bytesOut'] as const

/** Notes what does not fit, member by member. */
type Need = (fits: boolean, member: string, message: string) => void

/** Reads the first line of a bundle of version 1; reports each member that breaks a rule and gives `undefined` then. */
export function readManifest(line: JsonObject, findings: Findings): Manifest | undefined {
  const { origin, receipts } = line
  const body = readManifestBody(line, 1, 'line 1, manifest', ['origin', 'receipts'], findings, (need) => {
    need(isText(origin), 'origin', 'origin must be a string.')
    const receiptsFit = isObject(receipts) && hasExactly(receipts, ['count', 'sha256'])
    need(
      receiptsFit && isCount(receipts.count) && isSha256Hex(receipts.sha256),
      'receipts',
      'receipts must be a count and a SHA-256 in hex.',
    )
  })
  // Both members were checked above; the compiler cannot follow checks kept in a counter.
  return body && ({ ...body, origin, receipts } as unknown as Manifest)
}

/**
 * Reads what the manifests of both versions have in common.
 *
 * @param where for findings.
 * @param ownMembers what this version has besides.
 * @param checkOwn checks those.
 */
export function readManifestBody(
  line: JsonObject,
  version: 1 | 2,
  where: string,
  ownMembers: readonly string[],
  findings: Findings,
  checkOwn: (need: Need) => void,
): ManifestBody | undefined {
  let problems = 0
  function need(fits: boolean, member: string, message: string): void {
    if (fits) return
    problems++
    findings.red(`${where}, ${member}`, 'manifest_shape', message)
  }

  const { bundle, kind, scope, createdAt, documents } = line
  const members = ['bundle', 'createdAt', 'documents', 'kind', 'scope', ...ownMembers].toSorted()
  need(hasExactly(line, members), 'members', `A manifest has ${members.join(', ')}, and nothing else.`)
  if (!isObject(bundle)) {
    need(false, 'bundle', 'bundle must be an object.')
    return undefined
  }
  if (bundle.version !== version) {
    findings.red(
      `${where}, bundle.version`,
      'manifest_version',
      `A file of this form holds version ${version} of bundles.`,
    )
    return undefined
  }
  const bundleMembers = ['adapters', 'attestations', 'marketplace', 'perf_cost', 'sbom', 'version']
  need(
    hasExactly(bundle, bundleMembers),
    'bundle',
    `bundle has ${bundleMembers.join(', ')}, and nothing else.`,
  )
  need(
    isList(bundle.adapters) && bundle.adapters.every(isObject),
    'bundle.adapters',
    'adapters must be a list of objects.',
  )
  need(isCount(createdAt), 'createdAt', 'createdAt must be milliseconds since 1970.')
  checkOwn(need)
  need(
    isList(documents) && documents.every(isDocument) && namesAreUnique(documents),
    'documents',
    'documents must be a list of bytes, name and sha256, with unique names.',
  )
  need(
    isList(bundle.marketplace) && bundle.marketplace.every(isPackageListing),
    'bundle.marketplace',
    'marketplace must list digest, keyId, name, publisher and version.',
  )
  need(
    isList(bundle.sbom) && bundle.sbom.every(isPackageDocument),
    'bundle.sbom',
    'sbom must list package and sha256.',
  )
  need(
    isList(bundle.attestations) && bundle.attestations.every(isPackageDocument),
    'bundle.attestations',
    'attestations must list package and sha256.',
  )
  const perfCost = readPerfCost(bundle.perf_cost)
  need(
    perfCost !== undefined,
    'bundle.perf_cost',
    'perf_cost must hold three counts and five decimal strings.',
  )
  if (!scopeFits(kind, scope)) {
    problems++
    findings.red(
      `${where}, scope`,
      'manifest_scope',
      'kind must be case, period or release, and scope must say which.',
    )
  }
  if (problems > 0 || perfCost === undefined) return undefined
  // Every member was checked above, one by one; the compiler cannot follow checks kept in a counter.
  const { marketplace, sbom, attestations } = bundle
  const body = {
    kind,
    scope,
    createdAt,
    documents,
    marketplace,
    sbom,
    attestations,
    perfCost,
  } as unknown as ManifestBody
  reportMissingDocuments(body, where, findings)
  return body
}

function reportMissingDocuments(manifest: ManifestBody, where: string, findings: Findings): void {
  const present = new Set(manifest.documents.map((document) => document.sha256))
  for (const list of ['sbom', 'attestations'] as const) {
    for (const { package: name, sha256 } of manifest[list]) {
      if (present.has(sha256)) continue
      const message = `The document of package ${name} with SHA-256 ${sha256} is not among the documents.`
      findings.red(`${where}, bundle.${list}`, 'manifest_document_missing', message)
    }
  }
}

function scopeFits(kind: Json | undefined, scope: Json | undefined): boolean {
  if (!isObject(scope)) return false
  if (kind === 'case') return isText(scope.case)
  if (kind === 'release') return isText(scope.release)
  return kind === 'period' && isCount(scope.fromAt) && isCount(scope.toAt) && scope.fromAt < scope.toAt
}

function isDocument(value: Json): boolean {
  if (!isObject(value) || !hasExactly(value, ['bytes', 'name', 'sha256'])) return false
  const nameFits = isText(value.name) && /^[^\u0000-\u001f\u007f-\u009f]{1,512}$/.test(value.name)
  return nameFits && isCount(value.bytes) && isSha256Hex(value.sha256)
}

function namesAreUnique(documents: readonly Json[]): boolean {
  const names = new Set(documents.map((document) => (isObject(document) ? document.name : undefined)))
  return names.size === documents.length
}

function isPackageListing(value: Json): boolean {
  const names = ['digest', 'keyId', 'name', 'publisher', 'version']
  return isObject(value) && hasExactly(value, names) && names.every((name) => isText(value[name]))
}

function isPackageDocument(value: Json): boolean {
  return (
    isObject(value) &&
    hasExactly(value, ['package', 'sha256']) &&
    isText(value.package) &&
    isSha256Hex(value.sha256)
  )
}

function readPerfCost(value: Json | undefined): PerfCost | undefined {
  if (!isObject(value) || !hasExactly(value, ['calls', 'rows', 'runs', ...bigCounters])) return undefined
  const { calls, rows, runs, costMicros, wallMicros, cpuMicros, bytesIn, bytesOut } = value
  if (!isCount(calls) || !isCount(rows) || !isCount(runs)) return undefined
  if (!isDecimal(costMicros) || !isDecimal(wallMicros) || !isDecimal(cpuMicros)) return undefined
  if (!isDecimal(bytesIn) || !isDecimal(bytesOut)) return undefined
  return {
    calls,
    rows,
    runs,
    costMicros: BigInt(costMicros),
    wallMicros: BigInt(wallMicros),
    cpuMicros: BigInt(cpuMicros),
    bytesIn: BigInt(bytesIn),
    bytesOut: BigInt(bytesOut),
  }
}
