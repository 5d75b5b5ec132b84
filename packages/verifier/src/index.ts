export type { Crypto } from './crypto.ts'
export type { Decision, Phase, SandboxLevel } from './entry.ts'
export type { Finding } from './findings.ts'
export { parseLogKey, parseWitnessKey } from './checkpoint.ts'
export type { LogKey } from './checkpoint.ts'
export { publisherKeyId, scopesOf, verifyAttestation, verifyPackage } from './package/index.ts'
export type {
  Budgets,
  DataManifest,
  PackageManifest,
  PackageRefusal,
  PackageVerdict,
  PluginManifest,
  PublisherKey,
  VerifiedPackage,
} from './package/index.ts'
export type { BundleReport, Checked, LogReport, NotChecked, ReceiptReport } from './report.ts'
export { rulesByCheck } from './rules.ts'
export type { Check, Rule } from './rules.ts'
export type { BundleSummary, Deed } from './summary.ts'
export { verifyBundle } from './verify-bundle.ts'
export type { Trust } from './trust.ts'
export { verifyGrowth } from './verify-growth.ts'
export type { Growth, GrowthReport } from './verify-growth.ts'
export { verifyReceipt } from './verify-receipt.ts'
export { traceReceipt } from './trace-receipt.ts'
export type { ReceiptPath } from './trace-receipt.ts'
