import { count } from '../text/format.ts'
import { element } from '../text/element.ts'
import type { Verdict } from '../worker/protocol.ts'

/** The logs the receipts are in, and whether anything in between is missing. */
export function drawLogs({ report }: Exclude<Verdict, { kind: 'package' }>): readonly HTMLElement[] {
  const { logSize } = report.summary
  if (logSize === undefined) return []
  return [
    element(
      'section',
      { class: 'card wide' },
      element('h2', {}, 'Is anything missing?'),
      element(
        'p',
        { class: 'sentence' },
        `These are some of the ${count(logSize, 'entry', 'entries')} of the log. Whether others belong here, a file of this kind cannot show.`,
      ),
    ),
  ]
}
