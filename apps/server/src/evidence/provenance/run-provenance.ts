import { allow, deny, pluginDenials } from '@switchboard/api'
import type { Reader } from '../../kernel/db/index.ts'
import { handleRead, operationOf } from '../../kernel/handler.ts'
import type { Context, Resource } from '../../kernel/handler.ts'
import type { BundleSources } from '../bundle/bundle-sources.ts'
import { packagesIn } from '../bundle/packages-in.ts'
import type { Part } from '../receipt/receipt-draft.ts'
import { listReceipts, partsOf, receiptsOfPackages } from '../receipt/receipt-store.ts'
import type { PlacedReceipt } from '../receipt/receipt-store.ts'
import { buildProvenance } from './build-provenance.ts'
import type { ProvenanceGraph } from './provenance-graph.ts'
import { writeDot } from './write-dot.ts'
import { writeMermaid } from './write-mermaid.ts'
import { writeProvJson } from './write-prov-json.ts'

/** What other domains know of a run besides its receipts. `main` connects it. */
export interface ProvenanceSources extends Pick<BundleSources, 'packages'> {
  /** Rows of the graph that are there because of a run. */
  written(
    db: Reader,
    organisation: string,
    run: string,
  ): Promise<readonly { readonly kind: 'entity' | 'relation'; readonly id: string }[]>
}

const pageRows = 1_000
/** How a package came to be where it ran. */
const handlings = ['package.add', 'plugin.review', 'plugin.install', 'plugin.grant']

const writers: Readonly<Record<string, (graph: ProvenanceGraph) => string>> = {
  'prov-json': writeProvJson,
  dot: writeDot,
  mermaid: writeMermaid,
}

/** `run.provenance`: the graph of a run, from its receipts. Receipts outlive the run's own record, so it is not asked. */
export function runProvenanceHandler(sources: ProvenanceSources) {
  return handleRead(operationOf('run.provenance'), {
    async resource(ctx, { id }) {
      const [first] = await listReceipts(ctx.read, ctx.actor.organisation, { run: id, limit: 1 })
      if (first === undefined) return deny(pluginDenials, 'run_unknown', { run: id })
      ctx.subject({ run: id, ...(first.case_id === null ? {} : { case: first.case_id }) })
      return allow({ type: 'Run', id, organisation: ctx.actor.organisation } satisfies Resource)
    },
    async run(ctx, { id, format }) {
      const graph = await graphOf(ctx, id, sources)
      ctx.count({ rows: graph.nodes.length })
      const write = format === undefined ? undefined : writers[format]
      return allow({
        run: id,
        nodes: [...graph.nodes],
        edges: [...graph.edges],
        ...(write === undefined ? {} : { document: write(graph) }),
      })
    },
  })
}

async function graphOf(ctx: Context, run: string, sources: ProvenanceSources): Promise<ProvenanceGraph> {
  const { read, actor } = ctx
  const { organisation } = actor
  const receipts = await receiptsOfRun(read, organisation, run)
  const packages = packagesIn(receipts)
  const names = [...new Set(packages.map((ref) => ref.name))]
  const listed = await sources.packages(read, organisation, packages)
  return buildProvenance({
    run,
    receipts,
    packageReceipts: await receiptsOfPackages(read, organisation, names, handlings),
    votes: await votesOn(read, organisation, receipts),
    publishers: new Map(listed.map(({ digest, publisher }) => [digest, publisher])),
    written: await sources.written(read, organisation, run),
  })
}

/** A run makes at most as many receipts as the operator's ceiling has calls, twice. */
async function receiptsOfRun(db: Reader, organisation: string, run: string): Promise<PlacedReceipt[]> {
  const all: PlacedReceipt[] = []
  for (;;) {
    const page = await listReceipts(db, organisation, { run, before: all.at(-1)?.id, limit: pageRows })
    all.push(...page)
    if (page.length < pageRows) return all
  }
}

/** The votes that approvals in these receipts name. */
async function votesOn(
  db: Reader,
  organisation: string,
  receipts: readonly PlacedReceipt[],
): Promise<ReadonlyMap<string, readonly PlacedReceipt[]>> {
  const votes = new Map<string, PlacedReceipt[]>()
  for (const receipt of receipts) {
    const approvals = partsOf(receipt).policy?.['approvals']
    for (const { task, by } of (Array.isArray(approvals) ? approvals : []) as readonly Part[]) {
      if (typeof task !== 'string' || votes.has(task) || !Array.isArray(by)) continue
      votes.set(task, [])
      for (const actor of by as readonly string[]) {
        const cast = await listReceipts(db, organisation, {
          actor,
          operation: 'review.approve',
          limit: pageRows,
        })
        votes.get(task)?.push(...cast.filter((vote) => partsOf(vote).subject?.['target'] === task))
      }
    }
  }
  return votes
}
