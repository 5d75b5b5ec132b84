import type { OperationByName, OutputOf } from '@switchboard/api'
import { findOperation } from '@switchboard/api'
import type { OperationSpec } from '@switchboard/api'
import { bytes, count, instant, money } from '../../parts/format.ts'

export type Review = OutputOf<OperationByName<'review.detail'>>
type Input = Readonly<Record<string, unknown>>

/** One parameter of what waits, as a person reads it; `link` is a page of the console about it. */
interface ReviewFact {
  readonly name: string
  readonly text: string
  readonly link?: string
}

/** What a case is called, where the reader may know it. */
export type TitleOf = (caseId: string) => string | undefined

/** What would be done, as one would ask for it, with names as they were given. */
export function deedOf({ kind, input }: Pick<Review, 'kind' | 'input'>, titleOf: TitleOf): string {
  const given = (input ?? {}) as Input
  const text = (name: string): string => textOf(given[name])
  switch (kind) {
    case 'evidence.export':
      return `Export the evidence of ${scopeOf(given, titleOf)}`
    case 'case.set_tlp':
      return `Mark ${caseNamed(text('id'), titleOf)} TLP:${text('tlp')}`
    case 'case.set_pap':
      return `Mark ${caseNamed(text('id'), titleOf)} PAP:${text('pap')}`
    case 'hold.lift':
      return `Lift legal hold ${short(text('hold'))}`
    case 'subject.erase':
      return `Erase ${given['user'] === undefined ? `“${text('text')}”` : `person ${short(text('user'))}`} from ${count(Number(given['rows'] ?? 0), 'row')}`
    case 'retention.set':
      return 'Replace the rules for how long receipts are kept'
    case 'log.rotate_key':
      return 'Replace the key that signs the logs'
    default:
      return specOf(kind)?.summary ?? kind
  }
}

/** What it means when it is performed; the part nobody should have to look up. */
export function consequenceOf({ kind }: Pick<Review, 'kind'>): string {
  switch (kind) {
    case 'evidence.export':
      return 'A file is made that can be read without this server. Who asked may hand it on.'
    case 'case.set_tlp':
      return 'The marking decides who may be told, and whether exports of the case need an approval.'
    case 'case.set_pap':
      return 'The marking decides what may be asked outside about the case, and which plugins may be used on it.'
    case 'hold.lift':
      return 'What the hold kept may be pruned, erased and undone again. The hold stays listed with who lifted it.'
    case 'subject.erase':
      return 'The person goes from every place that holds them. Nothing brings that back; proofs stay valid.'
    case 'retention.set':
      return 'All rules so far are replaced. Receipts written from then on are pruned and folded by the new ones.'
    case 'log.rotate_key':
      return 'The old key is destroyed. Whoever verifies needs the new key, or the note that both keys signed.'
    default:
      return specOf(kind)?.description ?? ''
  }
}

/** Every parameter, readable. What this does not know keeps its name and is written as JSON; nothing is left out. */
export function factsOf({ kind, input }: Pick<Review, 'kind' | 'input'>): readonly ReviewFact[] {
  const given = (input ?? {}) as Input
  if (kind === 'retention.set') return retentionFacts(given)
  return Object.entries(given).map(([name, value]) => factOf(name, value))
}

const names: Readonly<Record<string, string>> = {
  id: 'Case',
  case: 'Case',
  release: 'Release',
  from: 'From',
  to: 'Until',
  since: 'Extends checkpoints of size',
  redact: 'Parts that are closed',
  redactReceipts: 'Receipts that are closed',
  redactOperations: 'Operations that are closed',
  redactPeople: 'People who are closed',
  withhold: 'Documents withheld',
  tlp: 'New TLP',
  pap: 'New PAP',
  hold: 'Legal hold',
  user: 'Person',
  text: 'Whoever is called',
  rows: 'Rows it takes out',
  reason: 'Reason given',
  limitMicros: 'Monthly limit',
}

function factOf(key: string, value: unknown): ReviewFact {
  const name = names[key] ?? key
  if (typeof value === 'string' && /^case_[0-9a-f]{32}$/.test(value))
    return { name, text: value, link: `/cases/${value}` }
  if (typeof value === 'string') return { name, text: key.endsWith('Micros') ? moneyOrText(value) : value }
  if ((key === 'from' || key === 'to') && typeof value === 'number') return { name, text: instant(value) }
  if (typeof value === 'number') return { name, text: value.toLocaleString('en') }
  if (Array.isArray(value)) return { name, text: value.map(textOf).join(', ') || 'none' }
  return { name, text: JSON.stringify(value) }
}

function moneyOrText(text: string): string {
  return /^\d{1,18}$/.test(text) ? money(text) : text
}

function retentionFacts(given: Input): readonly ReviewFact[] {
  const classes = (given['classes'] ?? {}) as Readonly<
    Record<string, { keepDays?: number; foldAfterDays?: number }>
  >
  const operations = Object.entries((given['operations'] ?? {}) as Readonly<Record<string, string>>)
  return [
    ...Object.entries(classes).map(([name, { keepDays, foldAfterDays }]) => ({
      name: `Class ${name}`,
      text: [
        foldAfterDays === undefined ? 'never folded' : `folded after ${count(foldAfterDays, 'day')}`,
        keepDays === undefined ? 'kept for good' : `pruned after ${count(keepDays, 'day')}`,
      ].join(', '),
    })),
    {
      name: 'Operations in a class of their own',
      text:
        operations.map(([operation, name]) => `${operation}: ${name}`).join(', ') || 'none; all are standard',
    },
  ]
}

function caseNamed(id: string, titleOf: TitleOf): string {
  const title = titleOf(id)
  return title === undefined ? `case ${short(id).replace(/^case_/, '')}` : `case “${title}”`
}

function scopeOf(given: Input, titleOf: TitleOf): string {
  if (typeof given['case'] === 'string') return caseNamed(given['case'], titleOf)
  if (typeof given['release'] === 'string') return `release ${given['release']}`
  const from = typeof given['from'] === 'number' ? instant(given['from']).slice(0, 10) : 'the beginning'
  const to = typeof given['to'] === 'number' ? instant(given['to']).slice(0, 10) : 'now'
  return `the period from ${from} to ${to}`
}

/** How much time is left to decide, in words: `23 hours left`, `4 minutes left`, `time is over`. */
export function timeLeft(expiresAt: number, now: number): string {
  const minutes = Math.floor((expiresAt - now) / 60_000)
  if (expiresAt <= now) return 'time is over'
  if (minutes < 1) return 'less than a minute left'
  if (minutes < 60) return `${count(minutes, 'minute')} left`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${count(hours, 'hour')} left` : `${count(Math.floor(hours / 24), 'day')} left`
}

/** `just now`, `4 minutes ago`, `yesterday` is not said: hours up to two days, then days. */
export function timeSince(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${count(minutes, 'minute')} ago`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${count(hours, 'hour')} ago` : `${count(Math.floor(hours / 24), 'day')} ago`
}

/** `1 of 2 approvals`. */
export function quorumSaid({ approvers, quorum }: Pick<Review, 'approvers' | 'quorum'>): string {
  return `${approvers.length} of ${count(quorum, 'approval')}`
}

/** What performing it ended in, as the server keeps it; undefined before, and when it was erased since. */
interface ReviewOutcome {
  readonly ok: boolean
  readonly value?: Readonly<Record<string, unknown>>
  readonly denial?: unknown
  readonly receiptId?: string
}

export function outcomeOf({ outcome }: Pick<Review, 'outcome'>): ReviewOutcome | undefined {
  if (typeof outcome !== 'object' || outcome === null || !('ok' in outcome)) return undefined
  return outcome as ReviewOutcome
}

/** The file that an approved export made: for its requester alone, so absent for everybody else. */
export function fileIn(review: Review): { readonly base64: string; readonly says: string } | undefined {
  const value = outcomeOf(review)?.value
  const base64 = value?.['bundle']
  if (typeof base64 !== 'string' || base64 === '') return undefined
  const size = typeof value?.['bytes'] === 'number' ? bytes(value['bytes']) : ''
  return { base64, says: size }
}

/** A name for that file: of the case, of the release, or of the period. */
export function fileNameOf({ input, id }: Pick<Review, 'input' | 'id'>): string {
  const given = (input ?? {}) as Input
  const of = textOf(given['case'] ?? given['release'] ?? id).replaceAll(/[^A-Za-z0-9._@-]/g, '_')
  return `${of}.bundle`
}

function specOf(kind: string): OperationSpec | undefined {
  return findOperation(kind)
}

/** By its end: ids begin with the time, which those of one hour share. */
function short(id: string): string {
  return /^[a-z]+_[0-9a-f]{32}$/.test(id) ? `${id.slice(0, id.indexOf('_') + 1)}…${id.slice(-8)}` : id
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '')
}
