import type { Answer, OperationByName, OutputOf } from '@switchboard/api'
import { performStep } from './perform-step.ts'
import type { PlannedStep } from './steps.ts'

type PackageDetail = OutputOf<OperationByName<'plugin.detail'>>

/** A package that an act needs, and the least of what it asks for that it needs there. */
export interface Needed {
  readonly id: string
  readonly caps: readonly string[]
}

/** What is still to be done before a package may run. */
export interface Preparation {
  readonly id: string
  /** Nothing can be done about one that is not on the shelf, but to put it there. */
  readonly isOnShelf: boolean
  readonly title: string
  readonly version: string
  readonly publisher: string
  readonly digest: string
  readonly isData: boolean
  readonly isInstalled: boolean
  readonly install: boolean
  readonly grant: readonly { readonly scope: string; readonly impact: string }[]
  /** At this level of the sandbox its code runs only once somebody has read it and said so. */
  readonly review: boolean
}

const strength: Readonly<Record<string, number>> = { none: 0, development: 1, reduced: 2, full: 3 }

/** A package that is not on the shelf. */
export function absent(id: string): Preparation {
  return {
    id,
    isOnShelf: false,
    title: id,
    version: '',
    publisher: '',
    digest: '',
    isData: false,
    isInstalled: false,
    install: false,
    grant: [],
    review: false,
  }
}

export function preparationOf({ id, caps }: Needed, answer: Answer<'plugin.detail'>): Preparation {
  if (!answer.ok) return absent(id)
  const { package: shelved, installation, capabilities, reachedLevel }: PackageDetail = answer.value
  return {
    id,
    isOnShelf: true,
    title: shelved.title,
    // What is installed is what runs, whatever newer version is on the shelf.
    version: installation?.version ?? shelved.version,
    publisher: installation?.publisher ?? shelved.publisher,
    digest: installation?.digest ?? shelved.digest,
    isData: shelved.kind === 'data',
    isInstalled: installation !== null,
    install: installation === null,
    grant: capabilities.filter(({ scope, granted }) => caps.includes(scope) && !granted),
    review: (strength[shelved.neededLevel] ?? 3) > (strength[reachedLevel] ?? 0),
  }
}

/** Whether anything is left to do. */
export function isReady({ isOnShelf, install, grant, review }: Preparation): boolean {
  return isOnShelf && !install && grant.length === 0 && !review
}

/** The steps that are left, the review last: until then nothing of it has run. */
export function preparationSteps(preparation: Preparation, note: string): readonly PlannedStep[] {
  const { id, version, digest, install, grant, review } = preparation
  const caps = grant.map(({ scope }) => scope)
  return [
    ...(install
      ? [
          {
            says: `Install ${id} ${version}${caps.length === 0 ? '' : `, granted ${caps.join(', ')}`}`,
            perform: () => performStep('plugin.install', { id, version, caps }),
          },
        ]
      : []),
    ...(!install && caps.length > 0
      ? [
          {
            says: `Grant ${id} ${caps.join(', ')}`,
            perform: () => performStep('plugin.grant', { id, caps }),
          },
        ]
      : []),
    ...(review
      ? [
          {
            says: `State that ${id} ${version} may run here`,
            perform: () => performStep('plugin.review', { id, version, digest, note }),
          },
        ]
      : []),
  ]
}
