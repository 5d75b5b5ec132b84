import type { Checked, NotChecked } from '../../../src/index.ts'
import { element, foreign, icon } from '../text/element.ts'
import { reasonsNotChecked } from '../words/verdict-words.ts'

export function drawChecked(checked: readonly Checked[]): HTMLElement {
  const shown = checked.filter(({ count, result }) => count > 0 || result === 'failed')
  return element(
    'section',
    { class: 'card' },
    element('h2', {}, 'What was checked'),
    shown.length === 0
      ? element('p', {}, 'Nothing: the file could not be read so far.')
      : element('ul', { class: 'list' }, ...shown.map(drawCheck)),
  )
}

function drawCheck({ what, count, result }: Checked): HTMLElement {
  const ok = result === 'ok'
  const mark = element('span', { class: ok ? 'good' : 'bad' }, icon(ok ? 'ok' : 'bad'))
  const said = `${ok ? 'holds' : 'failed'} · ${count.toLocaleString('en')}`
  return element('li', { class: 'check' }, mark, foreign(what), element('span', { class: 'more' }, said))
}

export function drawNotChecked(notChecked: readonly NotChecked[]): HTMLElement {
  const list = element('ul', { class: 'list' }, ...notChecked.map(drawSkipped))
  const none = element('p', {}, 'Nothing was left unchecked.')
  return element(
    'section',
    { class: 'card' },
    element('h2', {}, 'What was not checked, and why'),
    notChecked.length === 0 ? none : list,
  )
}

function drawSkipped({ what, why, because }: NotChecked): HTMLElement {
  const mark = element('span', { class: 'odd' }, icon('skip'))
  const reason = element('div', { class: 'more' }, foreign(why), ` (${reasonsNotChecked[because]})`)
  return element('li', {}, mark, element('div', {}, foreign(what), reason))
}
