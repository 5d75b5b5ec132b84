import type { InputOf, OperationByName, OutputOf } from '@switchboard/api'
import { forShell } from '../../parts/for-shell.ts'
import { partNames } from './part-states.ts'
import type { PartName } from './part-states.ts'
import { readUtc } from './receipt-filters.ts'

export type BundleInput = InputOf<OperationByName<'evidence.preview'>>
export type Preview = OutputOf<OperationByName<'evidence.preview'>>

export const scopes = ['case', 'period', 'release'] as const
export type ScopeKind = (typeof scopes)[number]

/** What can be closed, by the name of its search parameter; each may be given many times. */
export const closable = {
  part: 'redact',
  operation: 'redactOperations',
  person: 'redactPeople',
  document: 'withhold',
} as const
export type Closable = keyof typeof closable

export interface ReadBundle {
  readonly kind: ScopeKind
  /** What the bundle is about; undefined until enough is said. */
  readonly scope: BundleInput | undefined
  /** The scope and what is closed. */
  readonly input: BundleInput | undefined
  readonly problems: readonly string[]
}

/** A bundle as the address asks for it. */
export function readBundle(address: URLSearchParams): ReadBundle {
  const of = address.get('of') ?? 'case'
  const kind = scopes.find((each) => each === of) ?? 'case'
  const { scope, problems } = readScope(kind, address)
  return { kind, scope, input: scope && { ...scope, ...readClosed(address) }, problems }
}

function readScope(
  kind: ScopeKind,
  address: URLSearchParams,
): { readonly scope: BundleInput | undefined; readonly problems: readonly string[] } {
  if (kind === 'release') {
    const release = (address.get('release') ?? '').trim()
    if (release === '') return { scope: undefined, problems: [] }
    if (!/^[a-z0-9][a-z0-9-]*@\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(release))
      return { scope: undefined, problems: ['A release is written NAME@VERSION, such as ioc-triage@1.0.0.'] }
    return { scope: { release }, problems: [] }
  }
  const period: { from?: number; to?: number } = {}
  for (const name of ['from', 'to'] as const) {
    const text = address.get(name) ?? ''
    if (text === '') continue
    const ms = readUtc(text)
    if (ms === undefined)
      return { scope: undefined, problems: ['A time is written like 2026-11-26T05:00, in UTC.'] }
    period[name] = ms
  }
  if (kind === 'period') return { scope: period, problems: [] }
  const caseId = (address.get('case') ?? '').trim()
  if (caseId === '') return { scope: undefined, problems: [] }
  if (!/^case_[0-9a-f]{32}$/.test(caseId))
    return { scope: undefined, problems: ['A case is written case_ and 32 digits and letters a to f.'] }
  return { scope: { case: caseId, ...period }, problems: [] }
}

function readClosed(address: URLSearchParams): Partial<BundleInput> {
  const given = (what: Closable) => [...new Set(address.getAll(what))].filter((text) => text !== '')
  const parts = given('part').filter((part): part is PartName => part in partNames)
  const people = given('person').filter((person) => /^usr_[0-9a-f]{32}$/.test(person))
  const operations = given('operation')
  const documents = given('document')
  return {
    ...(parts.length === 0 ? {} : { redact: parts }),
    ...(operations.length === 0 ? {} : { redactOperations: operations }),
    ...(people.length === 0 ? {} : { redactPeople: people }),
    ...(documents.length === 0 ? {} : { withhold: documents }),
  }
}

/** The address with one thing closed, or open again. */
export function toggled(
  address: URLSearchParams,
  what: Closable,
  value: string,
  close: boolean,
): URLSearchParams {
  const after = new URLSearchParams(address)
  const others = after.getAll(what).filter((each) => each !== value)
  after.delete(what)
  for (const each of close ? [...others, value] : others) after.append(what, each)
  return after
}

const optionOf: Readonly<Record<string, string>> = {
  redactOperations: 'redact-operations',
  redactPeople: 'redact-people',
}

/** The command that exports the same. */
export function exportCommand(input: BundleInput): string {
  const options = Object.entries(input).map(([name, value]) => {
    const texts = (Array.isArray(value) ? value : [value]).map((text) => forShell(String(text)))
    return ` --${optionOf[name] ?? name} ${texts.join(' ')}`
  })
  return `npx switchboard evidence export${options.join('')} --out evidence.bundle`
}
