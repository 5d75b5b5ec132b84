import type { Deed } from '../../../src/index.ts'
import { money } from '../text/format.ts'
import { element, foreign, icon } from '../text/element.ts'
import type { IconName } from '../text/element.ts'

const shownAtFirst = 40

const marks = {
  allowed: ['ok', 'good'],
  denied: ['bad', 'bad'],
  parked: ['wait', 'odd'],
  failed: ['warn', 'bad'],
  unknown: ['skip', 'odd'],
} as const satisfies Record<Deed['decision'], readonly [IconName, string]>

/** Who did what, under which rule, at what cost. */
export function drawDeeds(deeds: readonly Deed[]): HTMLElement {
  const rows = element('tbody')
  const table = element(
    'table',
    // The roles stay said where a narrow screen lays the rows out as blocks, which would take them away.
    { class: 'deeds', role: 'table' },
    element(
      'caption',
      {},
      'Equal deeds are one row. “Redacted” was left out on purpose and is still proved to be there.',
    ),
    element('thead', { role: 'rowgroup' }, headRow()),
    rows,
  )
  rows.setAttribute('role', 'rowgroup')
  const more = element('button', { type: 'button' })
  const search = element('input', { type: 'search', id: 'deeds-search', autocomplete: 'off' })
  let shown = shownAtFirst
  function draw(): void {
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
    const found = deeds.filter((deed) => words.every((word) => textOf(deed).includes(word)))
    rows.replaceChildren(...found.slice(0, shown).map(drawDeed))
    more.hidden = found.length <= shown
    more.textContent = `Show all ${found.length.toLocaleString('en')} rows`
  }
  more.addEventListener('click', () => {
    shown = deeds.length
    draw()
  })
  search.addEventListener('input', draw)
  draw()
  const filter =
    deeds.length > 8
      ? element(
          'p',
          { class: 'row' },
          element('label', { for: 'deeds-search' }, 'Show only rows with'),
          search,
        )
      : undefined
  return element(
    'section',
    { class: 'card wide' },
    element('h2', {}, 'Who did what, under which rule, at what cost'),
    filter,
    table,
    element('p', { class: 'row' }, more),
  )
}

function headRow(): HTMLElement {
  const names = ['Who', 'Did what', 'Decision', 'Under rule', 'Times', 'Cost']
  const cells = names.map((name, at) =>
    element('th', { scope: 'col', role: 'columnheader', class: at > 3 ? 'number' : '' }, name),
  )
  return element('tr', { role: 'row' }, ...cells)
}

function drawDeed(deed: Deed): HTMLElement {
  const [name, tone] = marks[deed.decision]
  const who = cell(
    'Who',
    given(deed.name ?? deed.user),
    // A name is what somebody chose to be called; the id is the server's.
    deed.name === undefined || deed.user === undefined ? undefined : sub('', deed.user),
    deed.via === undefined ? undefined : sub('through ', deed.via),
  )
  const what = cell(
    'Did what',
    given(deed.operation),
    deed.package === undefined ? undefined : sub('', deed.package),
  )
  const decision = cell(
    'Decision',
    element('span', { class: tone }, icon(name), ` ${deed.decision}`),
    deed.code === undefined ? undefined : sub('', deed.code),
  )
  const rules =
    deed.rules === undefined
      ? given(undefined)
      : deed.rules.length === 0
        ? 'no rule'
        : foreign(deed.rules.join(', '))
  const times = cell('Times', deed.count.toLocaleString('en'))
  const cost = cell('Cost', money(deed.costMicros))
  for (const number of [times, cost]) number.classList.add('number')
  return element('tr', { role: 'row' }, who, what, decision, cell('Under rule', rules), times, cost)
}

function cell(label: string, ...content: readonly (Node | string | undefined)[]): HTMLElement {
  return element('td', { role: 'cell', 'data-label': label }, element('div', {}, ...content))
}

function sub(before: string, text: string): HTMLElement {
  return element('span', { class: 'sub' }, before, foreign(text))
}

function given(text: string | undefined): HTMLElement {
  return text === undefined ? element('em', {}, 'redacted') : foreign(text)
}

function textOf(deed: Deed): string {
  return [
    deed.name,
    deed.user,
    deed.via,
    deed.operation,
    deed.package,
    deed.decision,
    deed.code,
    ...(deed.rules ?? []),
  ]
    .join(' ')
    .toLowerCase()
}
