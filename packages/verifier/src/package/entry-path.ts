import { refuse } from './refusal.ts'

export const wellKnown = {
  manifest: 'manifest.json',
  sbom: 'sbom.spdx.json',
  provenance: 'provenance.json',
  attestation: 'attestation.sigstore.json',
} as const

const windowsDevice = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i

/** Refuses paths that mean something else, or nothing, to some file system. @param path one byte per character (Latin-1) */
export function checkPath(path: string): void {
  if (path.includes('\0')) refuse('path_nul', path, 'A reader in C would stop there.')
  if (path.includes('\\')) refuse('path_backslash', path, 'It would be a folder on some systems.')
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path))
    refuse('path_absolute', path, 'It points outside the package.')
  const segments = path.split('/')
  if (segments.includes('..')) refuse('path_climbs_out', path, 'It points outside the package.')
  if (segments.some((s) => s === '' || s === '.'))
    refuse('path_not_canonical', path, 'It has a shorter spelling.')
  if (/[^\x00-\x7f]/.test(path)) refuse('path_not_ascii', path, 'Rename the file.')
  if (/[\x00-\x1f\x7f:*?"<>|]/.test(path) || segments.some((s) => /[. ]$/.test(s) || windowsDevice.test(s))) {
    refuse('path_not_portable', path, 'Rename the file.')
  }
  if (segments.some((s) => s.startsWith('.'))) refuse('path_hidden', path, 'Hidden files are never packed.')
}

/** The paths of one package in the order of the archive. */
export class PathRegister {
  readonly #files = new Map<string, string>()
  readonly #folders = new Map<string, string>()
  #last = ''

  /** Takes the next path, or refuses it beside those taken before. */
  admit(path: string): void {
    const folded = path.toLowerCase()
    const twin = this.#files.get(folded)
    if (twin !== undefined) {
      if (folded === wellKnown.manifest) refuse('two_manifests', path, `The archive also holds ${twin}.`)
      if (folded === wellKnown.attestation)
        refuse('attestation_duplicate', path, `The archive also holds ${twin}.`)
      if (twin === path) refuse('duplicate_path', path, 'The archive holds it twice.')
      refuse('path_case_collision', path, `The archive also holds ${twin}.`)
    }
    const folders = folded
      .split('/')
      .slice(0, -1)
      .map((_, i, all) => all.slice(0, i + 1).join('/'))
    const below = this.#folders.get(folded)
    if (below !== undefined) refuse('path_file_and_folder', path, `The archive also holds ${below}.`)
    for (const folder of folders) {
      const file = this.#files.get(folder)
      if (file !== undefined) refuse('path_file_and_folder', path, `The archive also holds ${file}.`)
      this.#folders.set(folder, path)
    }
    this.#files.set(folded, path)
    this.#checkOrder(path)
  }

  // One order only, or the same files would make two packages.
  #checkOrder(path: string): void {
    if (this.#last === wellKnown.attestation) refuse('entries_unsorted', path, 'It follows the attestation.')
    if (path !== wellKnown.attestation && path < this.#last)
      refuse('entries_unsorted', path, `It follows ${this.#last}.`)
    this.#last = path
  }
}
