// Names of files that do something when opened, or carry what does.

const kinds = {
  executable: 'exe scr pif com cmd bat msi msp msix appx dll cpl sys ocx elf bin dmg pkg apk jar deb rpm run',
  script:
    'js jse vbs vbe wsf wsh hta ps1 psm1 psd1 py sh pl lnk url chm reg sct scf inf msc xll settingcontent-ms',
  archive: 'zip rar 7z ace cab gz tgz tar iso img vhd vhdx arj lzh xz',
  'macro-document': 'docm dotm xlsm xltm xlam xlsb pptm potm ppam one slk iqy',
}
const kindOf = new Map(
  Object.entries(kinds).flatMap(([kind, list]) => list.split(' ').map((ending) => [ending, kind])),
)
const documents = new Set(
  'pdf doc docx xls xlsx ppt pptx rtf txt csv jpg jpeg png gif htm html eml msg mp3 mp4'.split(' '),
)
// Names that people write with ".js" and that are no files.
const frameworks = new Set(
  'node vue next nuxt react express three d3 angular ember backbone discord electron chart p5'.split(' '),
)
// These are top-level domains as well.
const alsoDomains = new Set(['zip', 'sh', 'py', 'pl', 'run'])

/**
 * @param {string} written letters, digits, dots, dashes and underscores
 * @returns {{ value: string, flags: string[] } | null} null when the ending is not suspicious
 */
export function readFileName(written) {
  if (written.length > 255) return null
  const parts = written.toLowerCase().split('.')
  const ending = parts.at(-1)
  // ".com" is a program on old systems and a domain everywhere.
  if (parts.length < 2 || parts[0] === '' || ending === 'com') return null
  const kind = kindOf.get(ending)
  if (kind === undefined || (ending === 'js' && parts.length === 2 && frameworks.has(parts[0]))) return null
  const flags = [kind]
  if (parts.length > 2 && documents.has(parts.at(-2))) flags.push('double-extension')
  if (alsoDomains.has(ending)) flags.push('could-be-domain')
  return { value: written, flags }
}
