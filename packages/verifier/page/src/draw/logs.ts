import type { BundleReport, LogReport } from '../../../src/index.ts'
import { instant } from '../text/format.ts'
import { element, foreign, icon } from '../text/element.ts'
import { accounted, rangeText, receiptsText, unclaimed } from '../words/verdict-words.ts'
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

function missing(report: BundleReport): readonly (Node | string)[] {
  const nothingClaimed = unclaimed(report)
  if (nothingClaimed !== undefined) return [nothingClaimed]
  return [element('strong', {}, 'Nothing in between is missing'), `: ${accounted(report)}`]
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
