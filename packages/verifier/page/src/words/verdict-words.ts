import type { BundleReport, LogReport, NotChecked } from '../../../src/index.ts'
import type { Root, Verdict } from '../worker/protocol.ts'
import { count, duration } from '../text/format.ts'

/** The words of a verdict, the same on every page that shows one. None of them comes out of a file. */

export const rootKinds = {
  log_key: 'key of a log',
  witness_key: 'key of a witness',
  publisher_key: 'key of a publisher',
  checkpoint: 'saved checkpoint of a log',
} as const satisfies Record<Root['kind'], string>

export const reasonsNotChecked = {
  not_given: 'you gave nothing to check it with',
  absent: 'the file does not hold it',
  redacted: 'left out on purpose',
  red: 'something before it failed',
  format: 'no file of this version can show it',
} as const satisfies Record<NotChecked['because'], string>

export function headline({ kind, report }: Verdict): string {
  if (report.ok) return `Green: this ${kind} is proved, as far as it was checked`
  return kind === 'package' ? 'Red: this package must not run' : `Red: what this ${kind} says is not proved`
}

/** What is claimed to be complete, where something is. */
export function accounted({ logs, about }: Pick<BundleReport, 'logs' | 'about'>): string {
  const whole = logs.filter(({ complete }) => complete.length > 0)
  const range = logs.length === whole.length ? '' : ` of ${count(whole.length, 'log')}`
  const period = about?.kind === 'period' ? ' in this period' : ''
  const pruned = logs.reduce((sum, log) => sum + log.pruned, 0)
  const gone =
    pruned === 0
      ? ''
      : ` ${count(pruned, 'entry was', 'entries were')} pruned, each covered by the receipt of a pruning.`
  return `every entry${range}${period} is accounted for.${gone}`
}

/** Why nothing can be said of what is missing; `undefined` where something is claimed. */
export function unclaimed({ logs, summary }: BundleReport): string | undefined {
  if (logs.length === 0) {
    const entries = count(summary.logSize ?? 0, 'entry', 'entries')
    return `That cannot be said: a bundle of version 1 shows some of the ${entries} of a log, and not whether others belong here.`
  }
  if (logs.every(({ complete }) => complete.length === 0))
    return 'That is not claimed: the file holds chosen receipts, each proved, and says nothing of what lies between them.'
  return undefined
}

export function caveat(verdict: Verdict): string | undefined {
  if (verdict.kind === 'package' || !verdict.report.ok) return undefined
  const left = verdict.report.notChecked.length
  if (left === 0) return undefined
  return `${count(left, 'thing was', 'things were')} not checked; the list below says what and why.`
}

export function took({ kind, report, tookMs }: Verdict): string {
  if (kind === 'package') return `Verified in ${duration(tookMs)}.`
  const { receipts } = report.summary
  // A rate over a few receipts would be one of starting up.
  const perSecond =
    receipts < 1000 ? '' : `, ${Math.round((receipts / tookMs) * 1000).toLocaleString('en')} a second`
  return `Verified in ${duration(tookMs)}: ${count(receipts, 'receipt')}${perSecond}.`
}

/** Indices count from 0 and the end is left out in the format; people count both ends. */
export function rangeText({ from, to }: { readonly from: number; readonly to: number }): string {
  return `entries ${from.toLocaleString('en')} to ${(to - 1).toLocaleString('en')}`
}

export function receiptsText({ full, folded, pruned, redactedParts }: LogReport): string {
  const parts = [
    count(full, 'whole receipt'),
    folded === 0
      ? undefined
      : `${folded.toLocaleString('en')} folded (times, decisions and costs kept, texts gone)`,
    pruned === 0 ? undefined : `${pruned.toLocaleString('en')} pruned under a receipt`,
    redactedParts === 0 ? undefined : `${count(redactedParts, 'part')} redacted`,
  ]
  return parts.filter((part) => part !== undefined).join(', ')
}

/** A byte as its eight bits, in which a reader sees the one that was turned. */
export const binary = (byte: number): string => byte.toString(2).padStart(8, '0')
