import type { Findings } from '../findings.ts'
import { partNames } from '../part-shapes.ts'
import type { Section } from './file-layout.ts'

/** The sections of one group, by what follows `group/g/` in their names. */
export interface GroupSections {
  /** From 0. */
  readonly number: number
  readonly form: 'full' | 'folded'
  readonly sections: ReadonlyMap<string, Section>
}

export interface OrderedSections {
  readonly manifest: Section | undefined
  readonly groups: readonly GroupSections[]
  /** By place in the manifest's list. */
  readonly documents: ReadonlyMap<number, Section>
  readonly export: Section | undefined
  readonly trailer: Section | undefined
}

const common = ['head', 'index', 'fixed'] as const
const partSections = ['opened', 'salt', 'values', 'value', 'commitment'] as const
const sectionsOf = {
  full: [...common, 'check', ...partNames.flatMap((part) => partSections.map((each) => `${part}/${each}`))],
  folded: [...common, 'leaf'],
} as const

/**
 * Tells which section is what, by name and order (check 1). The first name that does not belong where it stands ends it:
 * what follows could be anything.
 */
export function orderSections(sections: readonly Section[], findings: Findings): OrderedSections {
  const groups: GroupSections[] = []
  const documents = new Map<number, Section>()
  let at = 0
  let inPlace = true
  function take(name: string): Section | undefined {
    const section = sections[at]
    if (section?.name === name) {
      at++
      return section
    }
    if (inPlace) reportMisplaced(section, name, findings)
    inPlace = false
    return undefined
  }

  const manifest = take('manifest')
  while (inPlace && sections[at]?.name.startsWith('group/') === true) {
    const number = groups.length
    const form = sections[at + common.length]?.name === `group/${number}/leaf` ? 'folded' : 'full'
    const found = new Map<string, Section>()
    for (const name of sectionsOf[form]) {
      const section = inPlace ? take(`group/${number}/${name}`) : undefined
      if (section !== undefined) found.set(name, section)
    }
    if (inPlace) groups.push({ number, form, sections: found })
  }
  let lastDocument = -1
  for (let next = sections[at]; inPlace && next?.name.startsWith('document/') === true; next = sections[at]) {
    const place = /^document\/(0|[1-9][0-9]{0,9})$/.exec(next.name)?.[1]
    const number = Number(place)
    if (place === undefined || number <= lastDocument) {
      const message = `It does not follow document/${lastDocument}.`
      findings.red(`section ${next.name.slice(0, 80)}`, 'file_section', message)
      inPlace = false
    }
    lastDocument = number
    documents.set(number, next)
    at++
  }
  const exported = inPlace ? take('export') : undefined
  const trailer = inPlace ? take('trailer') : undefined
  const rest = sections[at]
  if (inPlace && rest !== undefined) reportMisplaced(rest, 'the end', findings)
  for (const section of [manifest, exported, trailer]) {
    if (section === undefined || section.encoding === 'stored') continue
    const message = 'Manifest, export and trailer are stored, not deflated.'
    findings.red(`section ${section.name}`, 'file_section', message)
  }
  return { manifest, groups, documents, export: exported, trailer }
}

function reportMisplaced(section: Section | undefined, expected: string, findings: Findings): void {
  if (section === undefined) findings.red('layout', 'file_section', `The section ${expected} is missing.`)
  else {
    const where = `section ${section.name.slice(0, 80)}`
    findings.red(where, 'file_section', `It stands where ${expected} belongs: left out, doubled or moved.`)
  }
}
