import { idOf } from './bundled-library.ts'
import type { BundledLibrary } from './bundled-library.ts'

/** The licence texts of bundled libraries, which nearly every licence demands to go along with the code. */
export function thirdPartyNotices(libraries: readonly BundledLibrary[]): string {
  const parts = libraries.map((library) =>
    [
      idOf(library),
      `Licence: ${library.licence ?? 'not stated'}`,
      '',
      ...(library.licenceTexts.length === 0 ? ['(It brings no licence text.)'] : library.licenceTexts),
    ].join('\n'),
  )
  return `This package holds code of the following libraries.\n\n${parts.join(`\n\n${'-'.repeat(72)}\n\n`)}\n`
}
