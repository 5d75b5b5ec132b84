export { packageLimits } from './limits.ts'
export type { PackageLimits } from './limits.ts'
export type {
  Budgets,
  Capabilities,
  DataManifest,
  DataSource,
  DataTable,
  PackageManifest,
  PluginManifest,
} from './manifest.ts'
export { parsePackageManifest } from './parse-package-manifest.ts'
export type { ManifestVerdict } from './parse-package-manifest.ts'
export { publisherKeyId } from './publisher-keys.ts'
export type { PublisherKey } from './publisher-keys.ts'
export { packageRefusals } from './refusal.ts'
export type { PackageRefusal, PackageRefusalCode } from './refusal.ts'
export type { SpdxDocument, SpdxFile } from './sbom.ts'
export { scopesOf } from './scopes-of.ts'
export { verifyAttestation } from './verify-attestation.ts'
export type { AttestationCheck, AttestationVerdict, PackageStatement } from './verify-attestation.ts'
export { webInflate } from './web-inflate.ts'
export { verifyPackage } from './verify-package.ts'
export type { PackageVerdict, VerifiedPackage } from './verify-package.ts'
