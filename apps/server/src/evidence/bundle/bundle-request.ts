import { allow, caseDenials, deny, evidenceDenials } from '@switchboard/api'
import type { Context, Subject } from '../../kernel/handler.ts'
import type { PartName } from '../receipt/receipt-draft.ts'
import { casesOfPeriod, casesOfRelease, casesOfRuns, receiptsOfRelease } from '../receipt/receipt-store.ts'
import type { BundleOutcome, BundleScope, Period, Release } from './bundle-scope.ts'
import type { BundleSources } from './bundle-sources.ts'
import type { Redaction } from './redaction.ts'

/** What `evidence.export` and `evidence.preview` are asked. */
export interface BundleRequest {
  readonly case?: string
  /** NAME@VERSION. */
  readonly release?: string
  readonly from?: number
  readonly to?: number
  readonly redact?: readonly PartName[]
  readonly redactReceipts?: readonly string[]
  readonly redactOperations?: readonly string[]
  readonly redactPeople?: readonly string[]
  readonly withhold?: readonly string[]
}

type Asking = Pick<Context, 'actor' | 'at' | 'read'>

export function redactionOf(request: BundleRequest): Redaction {
  return {
    parts: request.redact ?? [],
    receipts: request.redactReceipts ?? [],
    operations: request.redactOperations ?? [],
    people: request.redactPeople ?? [],
    documents: request.withhold ?? [],
  }
}

export function scopeOfRequest(ctx: Asking, request: BundleRequest, exportIntent?: string): BundleScope {
  const common = { organisation: ctx.actor.organisation, exportIntent }
  if (request.release !== undefined)
    return { ...common, kind: 'release', release: releaseOf(request.release) }
  if (request.case === undefined) return { ...common, kind: 'period', period: periodOf(ctx, request) }
  const hasPeriod = request.from !== undefined || request.to !== undefined
  return { ...common, kind: 'case', case: request.case, period: hasPeriod ? spanOf(ctx, request) : undefined }
}

/**
 * Up to now at most: an end that is still to come proves nothing. The intent of the export, which is of now, is then the
 * first entry after the period.
 */
function periodOf(ctx: Asking, { from, to }: BundleRequest): Period {
  return { fromAt: from ?? 0, toAt: Math.min(to ?? ctx.at, ctx.at) }
}

/** Of a case, what the export itself did is inside unless asked otherwise. */
function spanOf(ctx: Asking, { from, to }: BundleRequest): Period {
  return { fromAt: from ?? 0, toAt: to ?? ctx.at + 1 }
}

function releaseOf(text: string): Release {
  // The schema admits one @ alone.
  const [name = '', version = ''] = text.split('@')
  return { name, version }
}

export interface BundleResource {
  readonly type: 'Bundle'
  readonly id: string
  readonly organisation: string
  readonly tlp: Tlp
  /** What the receipt says that the bundle is about. */
  readonly subject: Subject
}

/** The policy resource of a bundle. */
export async function bundleResource(
  ctx: Asking,
  request: BundleRequest,
  sources: BundleSources,
): Promise<BundleOutcome<BundleResource>> {
  const { organisation } = ctx.actor
  const { case: caseId, release } = request
  if (release !== undefined && (caseId ?? request.from ?? request.to) !== undefined)
    return deny(evidenceDenials, 'scope_unclear', {})
  const { fromAt, toAt } = caseId === undefined ? periodOf(ctx, request) : spanOf(ctx, request)
  if (fromAt >= toAt) return deny(evidenceDenials, 'period_invalid', { from: fromAt, to: toAt })
  if (release !== undefined) {
    const known = await receiptsOfRelease(ctx.read, organisation, releaseOf(release), 1)
    if (known.length === 0) return deny(evidenceDenials, 'release_unknown', { release })
  }
  const tlp = await tlpOf(ctx, request, { fromAt, toAt }, sources)
  if (!tlp.ok) return tlp
  const subject: Subject =
    release === undefined ? (caseId === undefined ? {} : { case: caseId }) : subjectOf(releaseOf(release))
  const id = caseId ?? (release === undefined ? 'period' : release)
  return allow({ type: 'Bundle', id, organisation, tlp: tlp.value, subject })
}

function subjectOf({ name, version }: Release): Subject {
  return { package: name, version }
}

/** Traffic Light Protocol 2.0, from free to secret. */
const tlpOrder = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const
type Tlp = (typeof tlpOrder)[number]

/**
 * The highest marking inside, whatever of it is closed. A case that is gone has one nobody knows any more: it binds like
 * the highest.
 */
async function tlpOf(
  ctx: Asking,
  { case: caseId, release }: BundleRequest,
  period: Period,
  sources: BundleSources,
): Promise<BundleOutcome<Tlp>> {
  const { organisation } = ctx.actor
  const cases = new Set<string>()
  const add = (ids: readonly string[]): void => {
    for (const id of ids) cases.add(id)
  }
  if (release !== undefined) add(await casesOfRelease(ctx.read, organisation, releaseOf(release)))
  else {
    add(
      caseId === undefined
        ? await casesOfPeriod(ctx.read, organisation, period.fromAt, period.toAt)
        : [caseId],
    )
    // A result travels with whatever its run is named by: accepted into another case, it is still that of its own.
    add(await casesOfRuns(ctx.read, organisation, { case: caseId, ...period }))
  }
  const tlps = await sources.caseTlps(ctx.read, organisation, [...cases])
  if (caseId !== undefined && !tlps.has(caseId)) return deny(caseDenials, 'case_unknown', { case: caseId })
  const marks = [...cases].map((id) => tlpOrder.findIndex((tlp) => tlp === tlps.get(id)))
  const highest = tlpOrder.length - 1
  return allow(tlpOrder[marks.includes(-1) ? highest : Math.max(0, ...marks)] ?? 'RED')
}
