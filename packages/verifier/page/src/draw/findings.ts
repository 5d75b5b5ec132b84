import type { Finding } from '../../../src/index.ts'
import { count } from '../text/format.ts'
import { element, foreign, icon } from '../text/element.ts'
import type { RefusedPackage } from '../worker/protocol.ts'

const shownAtFirst = 20

/** What is wrong, by place and rule. `undefined` where nothing is. */
export function drawFindings(
  findings: readonly Finding[],
  severity: Finding['severity'],
): HTMLElement | undefined {
  const mine = findings.filter((finding) => finding.severity === severity)
  if (mine.length === 0) return undefined
  const title =
    severity === 'red' ? `What broke: ${count(mine.length, 'finding')}` : `Worth a look: ${mine.length}`
  return element(
    'section',
    { class: 'card wide' },
    element('h2', {}, title),
    ...firstAndRest(mine, drawFinding),
  )
}

export function drawRefusal({ code, where, message, rule }: RefusedPackage): HTMLElement {
  return element(
    'section',
    { class: 'card wide' },
    element('h2', {}, 'What broke'),
    element('ul', { class: 'list' }, item('red', where, code, message)),
    element('p', { class: 'soft' }, `The rule: ${rule}`),
  )
}

function drawFinding({ severity, where, rule, message }: Finding): HTMLElement {
  return item(severity, where, rule, message)
}

function item(severity: Finding['severity'], where: string, rule: string, message: string): HTMLElement {
  const red = severity === 'red'
  const mark = element('span', { class: red ? 'bad' : 'odd' }, icon(red ? 'bad' : 'warn'))
  const head = element('span', { class: 'where' }, foreign(where))
  const code = element('code', { class: `rule ${red ? 'bad' : 'odd'}` }, rule)
  return element(
    'li',
    {},
    mark,
    element('div', {}, head, ' ', code, element('div', { class: 'more' }, foreign(message))),
  )
}

/** A list of which the rest is behind a fold, drawn when it is opened. */
export function firstAndRest<T>(
  items: readonly T[],
  draw: (item: T) => HTMLElement,
  first = shownAtFirst,
): readonly HTMLElement[] {
  const list = element('ul', { class: 'list' }, ...items.slice(0, first).map(draw))
  if (items.length <= first) return [list]
  const rest = element('ul', { class: 'list' })
  const fold = element('details', {}, element('summary', {}, `${items.length - first} more`), rest)
  fold.addEventListener('toggle', () => rest.append(...items.slice(first).map(draw)), { once: true })
  return [list, fold]
}
