import type {
  BundleReport,
  BundleSummary,
  Deed,
  Finding,
  LogReport,
  NotChecked,
  ReceiptReport,
} from '@switchboard/verifier'

const shownFindings = 20
const shownDeeds = 40
const indent = '  '

/** The report for people: verdict, what was checked, what was not and why, who did what under which rule at what cost. */
export function renderReport(report: BundleReport | ReceiptReport, file: string): string {
  const red = report.findings.filter((finding) => finding.severity === 'red')
  const warnings = report.findings.filter((finding) => finding.severity === 'warning')
  const sections = report.ok
    ? [
        [`GREEN  ${printable(file)}${title(report)}`, sentence(report.summary)],
        [
          'Checked',
          ...report.checked
            .filter(({ count }) => count > 0)
            .map(({ what, count }) => `${indent}${count.toLocaleString('en')}  ${printable(what)}`),
        ],
        ['Logs', ...logsOf(report).flatMap(renderLog)],
        ['Not checked', ...report.notChecked.map(renderNotChecked)],
        ['Who did what, under which rule, at what cost', ...renderDeeds(report.summary.deeds)],
        ['Worth a look', ...warnings.flatMap(renderFinding)],
      ]
    : [
        [`RED  ${printable(file)}: what it says is not proved.`],
        [
          count(red.length, 'finding'),
          ...red.slice(0, shownFindings).flatMap(renderFinding),
          ...more(red.length - shownFindings),
        ],
        [
          'Failed',
          ...report.checked
            .filter(({ result }) => result === 'failed')
            .map(({ what }) => `${indent}${printable(what)}`),
        ],
        [
          'Not checked',
          ...report.notChecked.filter(({ because }) => because === 'red').map(renderNotChecked),
        ],
      ]
  const shown = sections.filter((lines) => lines.length > 1 || lines === sections[0])
  return `${shown.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function title(report: BundleReport | ReceiptReport): string {
  if (!('about' in report) || report.about === undefined) return ''
  const { kind, scope, origin, createdAt } = report.about
  const named: Readonly<Record<string, unknown>> = { ...scope }
  const what = kind === 'period' ? `${day(named.fromAt)} to ${day(named.toAt)}` : String(named[kind])
  const from = report.logs[0]?.key?.split('+')[0] ?? origin
  return `: ${kind} ${printable(what)}, exported ${day(createdAt)} from ${printable(from)}`
}

function sentence(summary: BundleSummary): string {
  const entities =
    summary.entities === undefined ? '' : `${count(summary.entities, 'entity', 'entities')} from `
  return [
    `${entities}${count(summary.runs, 'run')} with ${count(summary.calls, 'call')}`,
    `cost ${money(summary.costMicros)}`,
    count(summary.receipts, 'receipt'),
    `log size ${summary.logSize?.toLocaleString('en') ?? 'unknown'}`,
    `sandbox level ${guestLevels(summary)}`,
  ].join(' · ')
}

/** `none` marks receipts without guest code, which says nothing about the sandbox unless there is nothing else. */
function guestLevels({ sandboxLevels }: BundleSummary): string {
  return sandboxLevels.filter((level) => level !== 'none').join(', ') || 'none'
}

function logsOf(report: BundleReport | ReceiptReport): readonly LogReport[] {
  return 'logs' in report ? report.logs : []
}

/** What the file shows of one log: how much of it, whether anything in between is missing, who has seen it. */
function renderLog(log: LogReport): readonly string[] {
  const held = [
    count(log.full, 'receipt'),
    ...(log.folded > 0 ? [`${log.folded.toLocaleString('en')} folded`] : []),
    ...(log.pruned > 0 ? [`${count(log.pruned, 'entry', 'entries')} pruned under a receipt`] : []),
    ...(log.redactedParts > 0 ? [`${count(log.redactedParts, 'part')} redacted`] : []),
  ]
  const seen = log.witnesses.map(({ witness, at }) => `${witness} (${minute(at)})`)
  return [
    `${indent}${log.class}  ${printable(log.origin)}: ${held.join(', ')}; ${log.size?.toLocaleString('en') ?? 'unknown'} entries in the log`,
    ...completeness(log).map((line) => `${indent}${indent}${line}`),
    ...(seen.length > 0 ? [`${indent}${indent}seen by ${printable(seen.join(', '))}`] : []),
  ]
}

function completeness({ complete, size }: LogReport): readonly string[] {
  if (complete.length === 0) return ['whether something in between is missing, it does not say']
  return complete.map(({ from, to }) =>
    from === 0 && to === size
      ? 'from the first entry to the last: nothing in between is missing'
      : `entries ${from.toLocaleString('en')} to ${(to - 1).toLocaleString('en')}: nothing in between is missing`,
  )
}

function renderDeeds(deeds: readonly Deed[]): readonly string[] {
  const rows = deeds
    .slice(0, shownDeeds)
    .map((deed) => [
      `${deed.count}×`,
      printable(deed.name ?? deed.user ?? '(redacted)') +
        (deed.via === undefined ? '' : ` via ${printable(deed.via)}`),
      printable(
        [deed.operation ?? '(redacted)', deed.package].filter((text) => text !== undefined).join(' '),
      ),
      printable([deed.decision, deed.code].filter((text) => text !== undefined).join(' ')),
      printable(deed.rules === undefined ? '(redacted)' : deed.rules.join(', ') || 'no rule'),
      money(deed.costMicros),
    ])
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = rows.map(
    (row) =>
      indent +
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
  )
  return [...lines, ...more(deeds.length - shownDeeds)]
}

function renderFinding({ where, rule, message }: Finding): readonly string[] {
  return [`${indent}${printable(where)}  [${rule}]`, `${indent}${indent}${printable(message)}`]
}

function renderNotChecked({ what, why }: NotChecked): string {
  return `${indent}${printable(what)}: ${printable(why)}`
}

function more(left: number): readonly string[] {
  return left > 0 ? [`${indent}… and ${left} more (--json lists them)`] : []
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`
}

function money(micros: bigint): string {
  const fraction = (micros % 1_000_000n)
    .toString()
    .padStart(6, '0')
    .replace(/0{1,4}$/, '')
  return `${micros / 1_000_000n}.${fraction}`
}

function day(at: unknown): string {
  const date = new Date(Number(at))
  return Number.isNaN(date.getTime()) ? 'an unknown day' : date.toISOString().slice(0, 10)
}

function minute(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime())
    ? 'at an unknown time'
    : `${date.toISOString().slice(0, 16).replace('T', ' ')}Z`
}

/** Text out of a file that nobody vouches for yet must not move the cursor or turn the writing direction. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd')
}
