export { writeManifest } from './manifest.ts'
export type { BundleDocument, IndexRange, ManifestFacts, RetentionClass } from './manifest.ts'
export { createGroupWriter } from './group-writer.ts'
export type {
  BundleReceipt,
  FoldedReceipt,
  GroupsFacts,
  GroupWriter,
  OpenedPart,
  OpenedParts,
} from './group-writer.ts'
export { writeBundle } from './write-bundle.ts'
export type { BundleFacts, TrailerLog } from './write-bundle.ts'
export { rawBytes, storedSection, writeContainer } from './container.ts'
export type { Section } from './container.ts'
export { partNames } from './entry-fields.ts'
export type { PartName } from './entry-fields.ts'
export type { Period, PerfCost } from './perf-cost.ts'
export { readBundle } from './read-bundle.ts'
export type { ReadBundle, ReadGroup } from './read-bundle.ts'
export { BundleUnreadable } from './unreadable.ts'
export { redactBundle } from './redact-bundle.ts'
export type { Redacted, Redaction, Refusal } from './redact-bundle.ts'
