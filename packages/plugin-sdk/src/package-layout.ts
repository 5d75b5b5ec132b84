/** Names and limits of the package format; docs/adr/0010-package-format.md says why. */
export const layout = {
  manifest: 'manifest.json',
  sbom: 'sbom.spdx.json',
  /** Beside it when libraries are bundled, for the tools that read this form. */
  cycloneDx: 'sbom.cdx.json',
  notices: 'THIRD-PARTY-NOTICES.txt',
  provenance: 'provenance.json',
  attestation: 'attestation.sigstore.json',
} as const

export const limits = {
  pluginBytes: 32 * 1024 * 1024,
  dataBytes: 256 * 1024 * 1024,
  files: 2000,
  ratio: 200,
} as const
