import { createGroupWriter, writeManifest } from '@switchboard/bundle'
import type {
  BundleDocument as FileDocument,
  GroupsFacts,
  OpenedParts as FileParts,
} from '@switchboard/bundle'
import { allow, deny, evidenceDenials } from '@switchboard/api'
import type { Reader } from '../../kernel/db/index.ts'
import { leafHash } from '../log/tree-hash.ts'
import { createReceiptOpener } from '../receipt/open-receipt.ts'
import type { OpenedParts } from '../receipt/open-receipt.ts'
import { partNames } from '../receipt/receipt-draft.ts'
import type { Statement } from './statements.ts'
import { scopeOf } from './bundle-scope.ts'
import type { BundleOutcome, BundleScope } from './bundle-scope.ts'
import type { BundleDocument, BundleSources, PackageListing } from './bundle-sources.ts'
import { createPackageList, namersIn } from './packages-in.ts'
import type { Plan, PlannedLog } from './plan-bundle.ts'
import { createRedactor } from './redaction.ts'
import type { Redaction, Redactor } from './redaction.ts'

/** A log with the leaves that the bundle shows of it. */
export interface PreparedLog extends Pick<PlannedLog, 'access' | 'view' | 'complete'> {
  readonly leaves: readonly { readonly index: number; readonly hash: Uint8Array }[]
}

/** All of a bundle but its own receipt and the proofs. */
export interface Content {
  readonly manifest: Buffer
  readonly groups: GroupsFacts
  readonly documents: readonly FileDocument[]
  readonly logs: readonly PreparedLog[]
  readonly statements: readonly Statement[]
  readonly redactor: Redactor
}

/** Hears of each receipt what stays open of it. */
export type OnReceipt = (row: PlannedLog['rows'][number], open: OpenedParts) => void

/** Opens and closes parts, gathers what the open ones speak of, and writes all that the export's receipt will commit to. */
export async function prepareContent(
  deps: {
    readonly db: Reader
    readonly sources: BundleSources
    readonly mostDocumentBytes: number
  },
  asked: {
    readonly scope: BundleScope
    readonly plan: Plan
    readonly redaction: Redaction
    readonly createdAt: number
    readonly onReceipt?: OnReceipt
  },
): Promise<BundleOutcome<Content>> {
  const { db, sources, mostDocumentBytes } = deps
  const { scope, plan, redaction, createdAt } = asked
  const redactor = createRedactor(redaction, new Set(plan.statements.map((statement) => statement.receipt)))
  const groupWriter = createGroupWriter({
    logs: plan.logs.length,
    period: scope.kind === 'period' ? scope.period : undefined,
  })
  const open = createReceiptOpener(db)
  const packages = createPackageList()
  const runs = new Set<string>()
  const logs: PreparedLog[] = []
  for (const [place, log] of plan.logs.entries()) {
    const leaves: { index: number; hash: Uint8Array }[] = []
    for (const item of inOrder(log)) {
      if ('fixed' in item) {
        leaves.push({ index: item.index, hash: item.leaf })
        groupWriter.addFolded(place, item)
        continue
      }
      const leaf = leafHash(item.entry)
      leaves.push({ index: item.idx, hash: leaf })
      const parts = plan.isGuard(item) ? {} : redactor.open(item, await open(item))
      packages.add(namersIn(item, parts))
      if (item.run !== null && says(parts, item.run)) runs.add(item.run)
      asked.onReceipt?.(item, parts)
      const isRun = item.phase === 'outcome' && item.operation === 'plugin.run'
      groupWriter.add(place, { index: item.idx, entry: item.entry, leaf, parts: forFile(parts), isRun })
    }
    logs.push({ access: log.access, view: log.view, complete: log.complete, leaves })
  }
  const groups = groupWriter.end()

  const listed = packages.list()
  const known = await sources.packages(db, scope.organisation, listed)
  const found = await sources.documents(db, {
    organisation: scope.organisation,
    packages: listed,
    runs: [...runs],
    ...(scope.kind === 'case' ? { case: scope.case } : {}),
  })
  const documents = [
    ...byName(found).map((document) => ({ ...document, withheld: redactor.isWithheld(document) })),
    ...plan.statements.map((statement) => ({
      name: `statement/${statement.kind}-${statement.receipt}.json`,
      bytes: statement.bytes,
    })),
  ]
  const documentBytes = documents.reduce((sum, document) => sum + document.bytes.length, 0)
  if (documentBytes > mostDocumentBytes)
    return deny(evidenceDenials, 'documents_too_large', { bytes: documentBytes, most: mostDocumentBytes })
  const [unmatched] = redactor.unmatched()
  if (unmatched !== undefined) return deny(evidenceDenials, 'redaction_unmatched', { what: unmatched })
  const [statement] = plan.statements
  if (redactor.isStatementNamed() && statement !== undefined)
    return deny(evidenceDenials, 'statement_needed', { receipt: statement.receipt })

  const manifest = writeManifest({
    kind: scope.kind,
    scope: scopeOf(scope),
    createdAt,
    logs: plan.logs.map(({ access, complete }) => ({ origin: access.origin, class: access.class, complete })),
    groups,
    marketplace: listed.map(
      (ref) => known.find((each) => each.digest === ref.digest) ?? { ...ref, ...forgotten },
    ),
    documents,
  })
  return allow({ manifest, groups, documents, logs, statements: plan.statements, redactor })
}

/** Rows and folded entries of a log, ascending. */
function inOrder({ rows, folded }: PlannedLog) {
  const indexOf = (item: (typeof rows)[number] | (typeof folded)[number]) =>
    'fixed' in item ? item.index : item.idx
  return folded.length === 0 ? rows : [...rows, ...folded].toSorted((a, b) => indexOf(a) - indexOf(b))
}

/** Whether something open says it: what only a closed part says must not come in through a document's name. */
function says(parts: OpenedParts, text: string): boolean {
  return parts.subject?.json.includes(text) === true || parts.actor?.json.includes(text) === true
}

export function forFile(parts: OpenedParts): FileParts {
  return Object.fromEntries(
    partNames.flatMap((name) => {
      const part = parts[name]
      return part === undefined ? [] : [[name, { salt: Buffer.from(part.salt, 'base64'), json: part.json }]]
    }),
  )
}

function byName(documents: readonly BundleDocument[]): readonly BundleDocument[] {
  const named = new Map(documents.map((document) => [document.name, document]))
  return [...named.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Of a package that was purged: its receipts stay, who published it is no longer known. */
const forgotten: Pick<PackageListing, 'publisher' | 'keyId'> = { publisher: 'unknown', keyId: 'unknown' }
