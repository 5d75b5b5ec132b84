import { allow, deny, evidenceDenials } from '@switchboard/api'
import { sha256Hex } from '../kernel/canonical.ts'
import { handleExternal, operationOf } from '../kernel/handler.ts'
import { bundleResource, redactionOf, scopeOfRequest } from './bundle/bundle-request.ts'
import type { BundleSources } from './bundle/bundle-sources.ts'
import type { BundleWriter } from './bundle/bundle-writer.ts'
import type { LogsAccess } from './log/log-access.ts'

/** `evidence.export`: the bundle of a case, of a release or of a period. Its policy resource carries the highest TLP inside. */
export function exportEvidenceHandler(bundles: BundleWriter, logs: LogsAccess, sources: BundleSources) {
  /** The size of the longest log: no log of the organisation ever had a checkpoint beyond it. */
  async function longest(organisation: string): Promise<number> {
    const sizes: number[] = []
    for (const log of await logs.of(organisation)) sizes.push((await log.newest())?.checkpoint.size ?? 0)
    return Math.max(0, ...sizes)
  }

  return handleExternal(operationOf('evidence.export'), {
    async resource(ctx, input) {
      const resource = await bundleResource(ctx, input, sources)
      if (!resource.ok) return resource
      const { subject, ...bundle } = resource.value
      ctx.subject(subject)
      ctx.place({ tlp: bundle.tlp })
      return allow(bundle)
    },

    async run(ctx, input) {
      const { organisation } = ctx.actor
      const since = input.since ?? []
      const ahead = Math.max(0, ...since)
      const size = ahead === 0 ? 0 : await longest(organisation)
      if (ahead > size) return { outcome: deny(evidenceDenials, 'checkpoint_ahead', { since: ahead, size }) }
      const prepared = await bundles.prepare(ctx.receiptId, {
        scope: scopeOfRequest(ctx, input, ctx.receiptId),
        redaction: redactionOf(input),
        since,
      })
      if (!prepared.ok) return { outcome: prepared }
      const { manifestSha256, manifestBytes, receipts, withheld } = prepared.value
      ctx.count({ rows: receipts })
      // The receipt commits to the manifest, which vouches for all the rest; the file itself will hold this receipt.
      ctx.output({ sha256: manifestSha256, bytes: manifestBytes })
      return {
        outcome: allow({
          bundle: '',
          sha256: '',
          manifestSha256,
          bytes: 0,
          receipts,
          checkpoint: '',
          withheld,
        }),
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
