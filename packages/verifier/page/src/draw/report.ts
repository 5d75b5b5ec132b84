import type { Verdict } from '../worker/protocol.ts'
import { element } from '../text/element.ts'
import { drawChecked, drawNotChecked } from './checks.ts'
import { drawDeeds } from './deeds.ts'
import { drawFindings, drawRefusal } from './findings.ts'
import { drawLogs } from './logs.ts'
import { drawPackage } from './package.ts'
import { drawSummary } from './summary.ts'

/** Everything below the verdict. Of a red file, what it claims comes last and behind a fold: nobody vouches for it. */
export function drawReport(box: HTMLElement, verdict: Verdict): void {
  if (verdict.kind === 'package') {
    box.replaceChildren(...(verdict.report.ok ? drawPackage(verdict.report) : [drawRefusal(verdict.report)]))
    return
  }
  const { report } = verdict
  const content = [drawSummary(report.summary), drawDeeds(report.summary.deeds), ...drawLogs(verdict)]
  const checks = [drawChecked(report.checked), drawNotChecked(report.notChecked)]
  const sections = report.ok
    ? [drawFindings(report.findings, 'warning'), ...content, ...checks]
    : [
        drawFindings(report.findings, 'red'),
        ...checks,
        drawFindings(report.findings, 'warning'),
        claimed(content),
      ]
  box.replaceChildren(...sections.filter((section) => section !== undefined))
}

function claimed(content: readonly HTMLElement[]): HTMLElement {
  return element(
    'details',
    { class: 'card wide' },
    element('summary', {}, 'What the file claims, which is not proved'),
    ...content,
  )
}
