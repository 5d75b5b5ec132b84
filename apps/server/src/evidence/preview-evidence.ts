import { allow } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import { bundleResource, redactionOf, scopeOfRequest } from './bundle/bundle-request.ts'
import type { BundleWriterDeps } from './bundle/bundle-writer.ts'
import { planBundle } from './bundle/plan-bundle.ts'
import { prepareContent } from './bundle/prepare-bundle.ts'
import { partNames } from './receipt/receipt-draft.ts'
import { actorNameOf } from './sentence.ts'

/** `evidence.preview`: what a bundle would show, made as the bundle itself is, but for its own receipt and the proofs. */
export function previewEvidenceHandler(deps: Omit<BundleWriterDeps, 'database' | 'cosigned'>) {
  return handleRead(operationOf('evidence.preview'), {
    async resource(ctx, input) {
      const resource = await bundleResource(ctx, input, deps.sources)
      if (!resource.ok) return resource
      const { subject, ...bundle } = resource.value
      ctx.subject(subject)
      ctx.place({ tlp: bundle.tlp })
      return allow(bundle)
    },

    async run(ctx, input) {
      const resource = await bundleResource(ctx, input, deps.sources)
      if (!resource.ok) return resource
      const scope = scopeOfRequest(ctx, input)
      const plan = await planBundle({ ...deps, db: ctx.read }, scope)
      if (!plan.ok) return plan
      const opened = new Map(partNames.map((name) => [name, 0]))
      const people = new Map<string, number>()
      const names = new Map<string, string>()
      const operations = new Map<string, number>()
      const content = await prepareContent(
        { ...deps, db: ctx.read },
        {
          scope,
          plan: plan.value,
          redaction: redactionOf(input),
          createdAt: ctx.at,
          onReceipt(row, open) {
            for (const name of partNames) if (open[name] !== undefined) count(opened, name)
            if (open.actor !== undefined) {
              count(people, row.actor)
              names.set(row.actor, actorNameOf(row))
            }
            if (open.subject !== undefined) count(operations, row.operation)
          },
        },
      )
      if (!content.ok) return content
      const { groups, documents, manifest } = content.value
      const receipts = groups.logs.reduce((sum, log) => sum + log.count, 0)
      const folded = plan.value.logs.reduce((sum, log) => sum + log.folded.length, 0)
      const shown = documents.filter((document) => document.withheld !== true)
      const sizes = [...groups.sections, ...shown].map(({ bytes }) => bytes.length)
      ctx.count({ rows: receipts })
      return allow({
        tlp: resource.value.tlp,
        receipts,
        folded,
        bytes: sizes.reduce((sum, bytes) => sum + bytes, manifest.length),
        parts: partNames.map((part) => ({
          part,
          open: opened.get(part) ?? 0,
          closed: receipts - folded - (opened.get(part) ?? 0),
          bytes: groups.sections
            .filter(({ name }) => new RegExp(`/${part}/(?:salt|value|values)$`).test(name))
            .reduce((sum, section) => sum + section.bytes.length, 0),
        })),
        operations: mostFirst(operations).map(([operation, times]) => ({ operation, receipts: times })),
        people: mostFirst(people).map(([user, times]) => ({
          user,
          name: names.get(user) ?? user,
          receipts: times,
        })),
        documents: documents.map(({ name, bytes, withheld = false }) => ({
          name,
          bytes: bytes.length,
          withheld,
        })),
      })
    },
  })
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function mostFirst(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].toSorted(([a, times], [b, others]) => others - times || (a < b ? -1 : 1))
}
