export interface PackageLimits {
  /** Bytes of all files of a plugin. */
  readonly pluginBytes: number
  /** Bytes of all files of a data package. */
  readonly dataBytes: number
  readonly files: number
  /** Unpacked bytes for each byte of the package. */
  readonly ratio: number
}

export const packageLimits: PackageLimits = {
  pluginBytes: 32 * 1024 * 1024,
  dataBytes: 256 * 1024 * 1024,
  files: 2000,
  ratio: 200,
}
