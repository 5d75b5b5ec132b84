export { insteadOfBuiltin } from './bundle/node-builtin.ts'
export { authorTypes } from './author-types.ts'
export { manifestSchemaText, ManifestSchema } from './manifest/manifest-schema.ts'
export type { DataManifest, Manifest, PluginManifest } from './manifest/manifest-schema.ts'
export { readManifest } from './manifest/read-manifest.ts'
export { packPackage } from './pack-package.ts'
export type { PackedPackage } from './pack-package.ts'
export { preparePackage } from './prepare-package.ts'
export type { PreparedPackage } from './prepare-package.ts'
export { PackRefused, packRefusals } from './pack-refusal.ts'
export type { PackRefusalCode } from './pack-refusal.ts'
export type {
  BudgetWarning,
  CallRefused,
  CaseView,
  Citation,
  DataAnswer,
  GraphEntity,
  NetAnswer,
  NetRequest,
  PluginApi,
  ProposedEntity,
  ProposedRelation,
  Run,
  RunArgs,
  RunResult,
} from './plugin-api.ts'
export { generatePublisherKey } from './publisher-key.ts'
export type { PublisherKeyPair } from './publisher-key.ts'
export { signPackage } from './sign-package.ts'
export type { SignedPackage } from './sign-package.ts'
