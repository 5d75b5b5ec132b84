import { allow, deny, evidenceDenials, caseDenials } from '@switchboard/api'
import { sha256Hex } from '../kernel/canonical.ts'
import { handleExternal, operationOf } from '../kernel/handler.ts'
import type { Context } from '../kernel/handler.ts'
import type { BundleSources } from './bundle/bundle-sources.ts'
import type { BundleWriter } from './bundle/bundle-writer.ts'
import { mostReceipts } from './bundle/collect-receipts.ts'
import type { LogsAccess } from './log/log-access.ts'
import { casesOfPeriod, casesOfRuns } from './receipt/receipt-store.ts'

interface ExportInput {
  readonly case?: string
  readonly from?: number
  readonly to?: number
}

/** `evidence.export`: the bundle of a case or of a period. Its policy resource carries the highest TLP inside. */
export function exportEvidenceHandler(bundles: BundleWriter, logs: LogsAccess, sources: BundleSources) {
  /** The highest marking inside. A case that is gone has one nobody knows any more: it binds like the highest. */
  async function tlpOf(ctx: Context, input: ExportInput): Promise<string | undefined> {
    const { organisation } = ctx.actor
    const period = periodOf(ctx, input)
    const own =
      input.case === undefined
        ? await casesOfPeriod(ctx.read, organisation, period.fromAt, period.toAt)
        : [input.case]
    // A result travels with whatever its run is named by: accepted into another case, it is still that of its own.
    const ofRuns = await casesOfRuns(ctx.read, organisation, { case: input.case, ...period })
    const cases = [...new Set([...own, ...ofRuns])]
    const tlps = await sources.caseTlps(ctx.read, organisation, cases)
    if (input.case !== undefined && !tlps.has(input.case)) return undefined
    const marks = cases.map((id) => tlpOrder.indexOf(tlps.get(id) ?? ''))
    if (marks.length === 0) return tlpOrder[0]
    return marks.includes(-1) ? tlpOrder.at(-1) : tlpOrder[Math.max(...marks)]
  }

  return handleExternal(operationOf('evidence.export'), {
    async resource(ctx, input) {
      const { organisation } = ctx.actor
      const { fromAt, toAt } = periodOf(ctx, input)
      if (fromAt >= toAt) return deny(evidenceDenials, 'period_invalid', { from: fromAt, to: toAt })
      const tlp = await tlpOf(ctx, input)
      if (tlp === undefined) return deny(caseDenials, 'case_unknown', { case: input.case ?? '' })
      if (input.case !== undefined) ctx.subject({ case: input.case })
      ctx.place({ tlp })
      return allow({ type: 'Bundle', id: input.case ?? 'period', organisation, tlp })
    },

    async run(ctx, input) {
      const since = input.since ?? []
      const ahead = Math.max(0, ...since)
      const standard = (await logs.of(ctx.actor.organisation)).find((log) => log.class === 'standard')
      const size = (await standard?.newest())?.checkpoint.size ?? 0
      if (ahead > size) return { outcome: deny(evidenceDenials, 'checkpoint_ahead', { since: ahead, size }) }
      const hasPeriod = input.case === undefined || input.from !== undefined || input.to !== undefined
      const scope = {
        organisation: ctx.actor.organisation,
        exportIntent: ctx.receiptId,
        ...(input.case === undefined ? {} : { case: input.case }),
        ...(hasPeriod ? { period: periodOf(ctx, input) } : {}),
      }
      const prepared = await bundles.prepare(scope, since)
      if (prepared === undefined)
        return { outcome: deny(evidenceDenials, 'bundle_too_large', { most: mostReceipts }) }
      ctx.count({ rows: prepared.receipts })
      // The receipt commits to the manifest, which vouches for all the rest; the file itself will hold this receipt.
      ctx.output({ sha256: prepared.manifestSha256, bytes: prepared.manifestBytes })
      const { manifestSha256, receipts } = prepared
      return {
        outcome: allow({ bundle: '', sha256: '', manifestSha256, bytes: 0, receipts, checkpoint: '' }),
      }
    },

    async complete(value, { receiptId, organisation }) {
      const { bytes, checkpoint } = await bundles.finish(organisation, receiptId)
      return {
        ...value,
        bundle: bytes.toString('base64'),
        sha256: sha256Hex(bytes),
        bytes: bytes.length,
        checkpoint,
      }
    },
  })
}

/** Traffic Light Protocol 2.0, from free to secret. */
const tlpOrder = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED']

/** Up to and with now, unless asked otherwise: the export's own intent is inside then. */
function periodOf(ctx: Context, input: ExportInput): { readonly fromAt: number; readonly toAt: number } {
  return { fromAt: input.from ?? 0, toAt: input.to ?? ctx.at + 1 }
}
