import type { FeedRecord } from './feed-record.ts'

/** RFC 5424, section 6.2.1: 13 is "log audit". */
const facility = 13
const severities = { error: 3, warning: 4, notice: 5, informational: 6 } as const

/**
 * The number of a private enterprise, as RFC 5612 reserves it for examples: we have none of our own. Receivers that sort by
 * structured data look for this whole name.
 */
const enterprise = 32_473

export interface SyslogSender {
  readonly hostname: string
  readonly log: string
}

/**
 * An RFC 5424 message. The record is the message's text: JSON in printable ASCII, so that no byte order mark is needed and no
 * receiver has anything to escape. Structured data repeats what receivers sort by.
 */
export function syslogMessage(record: FeedRecord, { hostname, log }: SyslogSender): string {
  const priority = facility * 8 + severities[severityOf(record)]
  const time = record.at === undefined ? '-' : new Date(record.at).toISOString()
  const data = structuredData({
    log,
    index: String(record.from),
    ...(record.to > record.from + 1 ? { to: String(record.to) } : {}),
    id: record.id,
    operation: record.operation,
    decision: record.decision,
    gap: record.gap,
  })
  return `<${priority}>1 ${time} ${headerText(hostname, 255)} switchboard - ${record.kind} ${data} ${record.json}`
}

/** RFC 5425, section 4.3: the message's length in octets before it, because a message may hold line ends. */
export function framed(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`
}

function severityOf({ kind, decision, gap }: FeedRecord): keyof typeof severities {
  if (kind === 'gap') return gap === 'altered' ? 'error' : 'notice'
  if (decision === 'denied' || decision === 'parked') return 'warning'
  return decision === 'failed' || decision === 'unknown' ? 'error' : 'informational'
}

function structuredData(values: Readonly<Record<string, string | undefined>>): string {
  const parameters = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}="${escaped(value)}"`],
  )
  return `[receipt@${enterprise}${parameters.join('')}]`
}

/** RFC 5424, section 6.3.3, over printable ASCII alone. */
const escaped = (value: string): string => value.replaceAll(/[^ -~]/g, '?').replaceAll(/["\\\]]/g, '\\$&')
const headerText = (value: string, longest: number): string =>
  value.replaceAll(/[^!-~]/g, '').slice(0, longest) || '-'
