import type { BundleReport, LogReport } from '../../../src/index.ts'
import { count, instant } from '../text/format.ts'
import { element, foreign, icon } from '../text/element.ts'
import type { Verdict } from '../worker/protocol.ts'

/** The logs that the receipts are in, who else saw them, and whether anything in between is missing: that first, in a sentence. */
export function drawLogs(verdict: Exclude<Verdict, { kind: 'package' }>): readonly HTMLElement[] {
  if (verdict.kind === 'receipt') return []
  const { logs } = verdict.report
  return [
    element(
      'section',
      { class: 'card wide' },
      element('h2', {}, 'Is anything missing?'),
      element('p', { class: 'sentence' }, ...missing(verdict.report)),
      element('div', { class: 'logs' }, ...logs.map(drawLog)),
    ),
  ]
}

function missing({ logs, about, summary }: BundleReport): readonly (Node | string)[] {
  if (logs.length === 0) {
    const entries = count(summary.logSize ?? 0, 'entry', 'entries')
    return [
      `That cannot be said: a bundle of version 1 shows some of the ${entries} of a log, and not whether others belong here.`,
    ]
  }
  if (logs.every(({ complete }) => complete.length === 0)) {
    return [
      'That is not claimed: the file holds chosen receipts, each proved, and says nothing of what lies between them.',
    ]
  }
  return [element('strong', {}, 'Nothing in between is missing'), `: ${accounted({ logs, about })}`]
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

function drawLog(log: LogReport): HTMLElement {
  const rows: readonly (readonly [string, string | Node | undefined])[] = [
    [
      'Entries',
      log.size === undefined ? 'unknown' : `${log.size.toLocaleString('en')} in all, when it was signed`,
    ],
    ['Complete', log.complete.length === 0 ? 'not claimed' : log.complete.map(rangeText).join('; ')],
    ['Receipts here', receiptsText(log)],
    ['Signed by', log.key === undefined ? 'nobody whose key was given' : foreign(log.key)],
    ['Witnesses', witnesses(log)],
  ]
  const facts = rows.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)])
  return element(
    'div',
    { class: 'log' },
    element('h3', {}, `The ${log.class} log`),
    element('p', { class: 'soft' }, foreign(log.origin)),
    element('dl', { class: 'facts' }, ...facts),
  )
}

/** Indices count from 0 and the end is left out in the format; people count both ends. */
function rangeText({ from, to }: { readonly from: number; readonly to: number }): string {
  return `entries ${from.toLocaleString('en')} to ${(to - 1).toLocaleString('en')}`
}

function receiptsText({ full, folded, pruned, redactedParts }: LogReport): string {
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

function witnesses({ witnesses: seen, unknownWitnesses }: LogReport): Node | string {
  if (seen.length + unknownWitnesses.length === 0) return 'none signed'
  return element(
    'ul',
    { class: 'plain' },
    ...seen.map(({ witness, at }) =>
      element(
        'li',
        {},
        element('span', { class: 'good' }, icon('ok')),
        ' ',
        foreign(witness),
        ` saw it at ${instant(at)}`,
      ),
    ),
    ...unknownWitnesses.map((name) =>
      element(
        'li',
        {},
        element('span', { class: 'odd' }, icon('skip')),
        ' ',
        foreign(name),
        ' signed; you gave no key to check that',
      ),
    ),
  )
}
