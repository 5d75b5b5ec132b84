import type { BundleSummary } from '../../../src/index.ts'
import { instant, money } from '../text/format.ts'
import { element } from '../text/element.ts'

/** The figures that the receipts themselves add up to. */
export function drawSummary(summary: BundleSummary): HTMLElement {
  const levels = summary.sandboxLevels.filter((level) => level !== 'none').join(', ')
  const figures: readonly (readonly [string, string])[] = [
    ['Runs', summary.runs.toLocaleString('en')],
    ['Calls by their code', summary.calls.toLocaleString('en')],
    ['Receipts', summary.receipts.toLocaleString('en')],
    ['Cost', money(summary.costMicros)],
    ['Found', summary.entities === undefined ? 'redacted' : summary.entities.toLocaleString('en')],
    ['Sandbox', levels === '' ? 'no guest code' : levels],
    ['Redacted parts', summary.redactedParts.toLocaleString('en')],
  ]
  const times =
    summary.firstAt === undefined
      ? undefined
      : element(
          'p',
          { class: 'soft' },
          `First receipt ${instant(summary.firstAt)}, last ${instant(summary.lastAt)}.`,
        )
  return element(
    'section',
    { class: 'card wide' },
    element('h2', {}, 'What the receipts add up to'),
    element(
      'dl',
      { class: 'tiles' },
      ...figures.map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, value)),
      ),
    ),
    times,
  )
}
