import type { MigrationStep } from '../kernel/db/index.ts'
import { blocksStep } from './blocks/block-store.ts'
import { legalHolds } from './holds/hold-store.ts'
import { retentionRulesAndStatements } from './retention/retention-store.ts'
import { receiptsAndLog } from './migrations/0001-receipts-and-log.ts'
import { logsPerOrganisation } from './migrations/0002-logs-per-organisation.ts'
import { keyRotations } from './migrations/0004-key-rotations.ts'
import { witnesses } from './migrations/0006-witnesses.ts'
import { receiptSearch } from './migrations/0003-receipt-search.ts'

export { receiptsChanged } from './blocks/block-store.ts'
export type { Fate, Rewriting } from './blocks/rewrite-blocks.ts'
export type { BundleDocument, BundleSources, PackageListing, PackageRef } from './bundle/bundle-sources.ts'
export { createEvidence } from './create-evidence.ts'
export type { Evidence, EvidenceDeps } from './create-evidence.ts'
export { refuseHeld } from './holds/hold-denial.ts'
export { deleteLegalHoldsOf, holdsOn, keepHoldsAsTheyAre } from './holds/hold-store.ts'
export type { LegalHoldRow } from './holds/hold-store.ts'
export { holdView } from './holds/hold-denial.ts'
export type { LogAccess, LogsAccess } from './log/log-access.ts'
export type { RetentionClass } from './log/retention-class.ts'
export type { FeedItem, FeedLog, FeedReceipt, GapReason } from './feed/feed-source.ts'
export type { Batch } from './log/integrator.ts'
export type {
  Decision,
  Level,
  Part,
  PartName,
  Phase,
  ReceiptCounts,
  ReceiptDraft,
} from './receipt/receipt-draft.ts'
export type { ReceiptFilter } from './receipt/receipt-filter.ts'
export { parseWitnesses } from './witness/witness-list.ts'
export type { WitnessPeer } from './witness/witness-list.ts'
export type { WitnessConflict } from './witness/witnessing.ts'
export type { ReceiptOfRun } from './receipt-of-run.ts'
export type { DanglingIntent } from './receipt/receipt-store.ts'
export { deleteRulesOf, statementsOf } from './retention/retention-store.ts'
export type { RuleSetter } from './retention/create-retention.ts'
export const evidenceMigrations: readonly MigrationStep[] = [
  receiptsAndLog,
  logsPerOrganisation,
  receiptSearch,
  keyRotations,
  legalHolds,
  retentionRulesAndStatements,
  witnesses,
  blocksStep,
]
