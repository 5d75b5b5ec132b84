import type { BundleReport } from '../../../src/index.ts'
import { count, instant } from '../text/format.ts'
import { element, foreign, icon } from '../text/element.ts'
import { accounted, binary, caveat, headline, took } from '../words/verdict-words.ts'
import type { FlippedPlace, Verdict } from '../worker/protocol.ts'

/** The one thing a reader must not misread: a word, a shape and a colour that say the same, then what it is about. */
export function drawVerdict(box: HTMLElement, verdict: Verdict): void {
  const green = verdict.report.ok
  const left = caveat(verdict)
  box.className = `verdict ${green ? 'green' : 'red'}`
  box.replaceChildren(
    icon(green ? 'ok' : 'bad'),
    element(
      'div',
      {},
      element('h2', { id: 'verdict-title' }, headline(verdict)),
      element('p', {}, ...about(verdict)),
      completeness(verdict),
      left === undefined ? undefined : element('p', {}, left),
      element('p', { class: 'took' }, took(verdict)),
      verdict.flipped && drawFlip(verdict.flipped),
    ),
  )
}

/** Neither green nor red: what is still to be given, what is under way, or why nothing could be verified. */
export function drawIdle(
  box: HTMLElement,
  state: 'wait' | 'busy' | 'failed',
  title: string,
  more: string,
): void {
  box.className = state === 'failed' ? 'verdict red' : `verdict idle ${state}`
  box.replaceChildren(
    icon(state === 'failed' ? 'bad' : 'wait'),
    element('div', {}, element('h2', { id: 'verdict-title' }, title), element('p', {}, foreign(more))),
  )
}

function about(verdict: Verdict): readonly (Node | string)[] {
  if (verdict.kind === 'package') {
    const { report } = verdict
    if (!report.ok) return ['Its content, its list of files or its signature does not fit.']
    return [foreign(`${report.name} ${report.version}`), ', signed by ', foreign(report.publisher), '.']
  }
  const { report } = verdict
  if (!report.ok) {
    const red = report.findings.filter(({ severity }) => severity === 'red')
    const [first] = red
    return first === undefined
      ? []
      : [`${count(red.length, 'finding')}. First: `, foreign(first.where), ': ', foreign(first.message)]
  }
  if (!('about' in report) || report.about === undefined) {
    return [count(report.summary.receipts, 'receipt'), ', in the log that the key’s owner signed.']
  }
  const { kind, scope, origin, createdAt } = report.about
  return [
    ...subject(kind, { ...scope }),
    ', exported ',
    instant(createdAt),
    ' from ',
    ...from(report, origin),
    '.',
  ]
}

function from({ logs }: BundleReport, origin: string): readonly (Node | string)[] {
  const [first, ...others] = logs
  if (first === undefined || others.length === 0) return ['the log ', foreign(first?.origin ?? origin)]
  return [`${logs.length} logs of `, foreign(first.origin.split('/')[0] ?? '')]
}

function completeness(verdict: Verdict): HTMLElement | undefined {
  if (verdict.kind !== 'bundle' || !verdict.report.ok) return undefined
  if (!verdict.report.logs.some(({ complete }) => complete.length > 0)) return undefined
  return element(
    'p',
    {},
    element('strong', {}, 'Nothing in between is missing'),
    `: ${accounted(verdict.report)}`,
  )
}

function subject(kind: string, scope: Readonly<Record<string, unknown>>): readonly (Node | string)[] {
  if (kind === 'period') return ['The period from ', instant(scope['fromAt']), ' to ', instant(scope['toAt'])]
  const named = scope[kind]
  return [
    kind === 'case' ? 'The case ' : kind === 'release' ? 'The release ' : '',
    foreign(typeof named === 'string' ? named : kind),
  ]
}

function drawFlip({ offset, bit, where, before, after }: FlippedPlace): HTMLElement {
  return element(
    'p',
    { class: 'flipped' },
    element('strong', {}, 'With one bit flipped: '),
    `bit ${bit} of byte ${offset.toLocaleString('en')}, in ${where}: `,
    element('code', {}, binary(before)),
    ' became ',
    element('code', {}, binary(after)),
    '.',
  )
}
