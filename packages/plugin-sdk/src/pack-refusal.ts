/** Why packing or signing refuses: code → what it is about. Codes are public; add, never rename. */
export const packRefusals = {
  manifest_missing: 'The folder has no manifest.json.',
  manifest_invalid: 'manifest.json does not follow its schema.',
  network_unrestricted: 'The network is asked for by host, never as a whole.',
  entry_missing: 'The entry of the manifest is no file of the folder.',
  entry_throws: 'The entry cannot be loaded.',
  run_missing: 'The entry exports no function named run.',
  not_a_plugin: 'The folder holds no plugin.',
  module_invalid: 'The entry is no WebAssembly module that can run here.',
  file_missing: 'The code imports a file that is not there.',
  library_missing: 'The code imports a library that is not installed.',
  library_unnamed: 'The library has no package.json with a name and a version.',
  outside_folder: 'The code imports a file that is neither in the folder nor an installed library.',
  left_out: 'The code imports a file that packing leaves out, for it is hidden or for the author alone.',
  node_builtin: 'Modules of Node are not there in the sandbox.',
  dynamic_require:
    'The code loads a module by a computed name; write the name out, so that it can be packed.',
  bundle_invalid: 'The code cannot be made into one file.',
  table_missing: 'The table of the manifest is no file of the folder.',
  link: 'Symbolic links are not packed: what they point at would differ elsewhere.',
  special_file: 'Only regular files and folders are packed.',
  native_addon: 'Native addons cannot run in the sandbox.',
  private_key: 'A private key lies among the files; keep it out of the folder.',
  reserved_name: 'Packing writes this file itself.',
  path_not_portable:
    'The path cannot be packed: ASCII, no characters or names that some system treats specially, 100 bytes per name.',
  path_case_collision: 'Two paths differ in case alone.',
  too_large: 'The files are too large: 32 MiB for a plugin, 256 MiB for data.',
  too_many_files: 'There are more than 2,000 files.',
  too_compressible: 'The package would unpack to more than 200 times its size.',
  not_a_package: 'The file was not written by packing, or was changed since.',
  already_signed: 'The package has an attestation already; pack again to sign anew.',
  key_invalid: 'The key is no ECDSA P-256 private key in PEM.',
} as const satisfies Record<string, string>

export type PackRefusalCode = keyof typeof packRefusals

/** An expected no; `where` names the file, or the place in manifest.json. */
export class PackRefused extends Error {
  override readonly name = 'PackRefused'
  readonly code: PackRefusalCode
  readonly where: string

  constructor(code: PackRefusalCode, where: string, detail = '') {
    super(`${packRefusals[code]} ${detail}`.trim())
    this.code = code
    this.where = where
  }
}
