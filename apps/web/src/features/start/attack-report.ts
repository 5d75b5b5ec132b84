import type { OperationByName, OutputOf } from '@switchboard/api'
import { blockerOf, escapeGroups, exhaustWays } from './attacks.ts'
import { listIn, text } from './read-results.ts'

export type RunDetail = OutputOf<OperationByName<'run.detail'>>

/** One attack as a row: what was tried, what blocked it, how long that took, and the receipt that says so. */
export interface AttackRow {
  readonly key: string
  readonly tried: string
  readonly state: 'waiting' | 'running' | 'blocked' | 'got through'
  readonly blocker: string
  /** What the server or the isolate said, word for word. */
  readonly said: readonly string[]
  readonly tookMicros: number | undefined
  /** Whether that is the time of one run that other rows are of as well. */
  readonly isShared: boolean
  readonly run: string | undefined
  readonly receipts: readonly string[]
}

/** What is known of an attack: the run of hostile-escape, and of hostile-exhaust by its way. */
export interface AttackRuns {
  readonly escape: RunDetail | undefined
  readonly exhaust: ReadonlyMap<string, RunDetail>
  /** Being performed now: `escape`, or a way. */
  readonly under: string | undefined
}

export function attackRows({ escape, exhaust, under }: AttackRuns): readonly AttackRow[] {
  return [
    ...escapeRows(escape, under === 'escape'),
    ...exhaustWays.map(({ way, tried }) => exhaustRow(way, tried, exhaust.get(way), under === way)),
  ]
}

function escapeRows(detail: RunDetail | undefined, isUnder: boolean): readonly AttackRow[] {
  const reports = detail === undefined ? [] : listIn(detail.result, 'attempts')
  const said = new Map(reports.map((report) => [text(report, 'attempt') ?? '', report]))
  const refused = (detail?.spans ?? []).filter(({ decision }) => decision === 'denied')
  return escapeGroups.map(({ tried, blocker, attempts }) => {
    const found = attempts.flatMap((attempt) => {
      const report = said.get(attempt)
      return report === undefined ? [] : [{ attempt, report }]
    })
    const through = found.some(({ report }) => reached(report))
    const isBroker = attempts.includes('a case without consent')
    return {
      key: tried,
      tried: `${tried}, ${attempts.length} ways`,
      state:
        detail === undefined
          ? isUnder
            ? 'running'
            : 'waiting'
          : // What was not reported was not shown to be blocked.
            through || found.length < attempts.length
            ? 'got through'
            : 'blocked',
      blocker,
      said: found.map(
        ({ attempt, report }) =>
          `${attempt}: ${reached(report) ? 'REACHED ' : ''}${text(report, 'detail') ?? ''}`,
      ),
      tookMicros: detail?.usage?.wallMicros,
      isShared: true,
      run: detail?.run.id,
      receipts: [...receiptOf(detail), ...(isBroker ? refused.map(({ receiptId }) => receiptId) : [])],
    }
  })
}

function exhaustRow(way: string, tried: string, detail: RunDetail | undefined, isUnder: boolean): AttackRow {
  const code = text(detail?.denial, 'code')
  const blocker = code === undefined ? undefined : blockerOf(code)
  const isOver = detail !== undefined && !['queued', 'running'].includes(detail.run.state)
  return {
    key: way,
    tried,
    state: isOver ? (blocker === undefined ? 'got through' : 'blocked') : isUnder ? 'running' : 'waiting',
    blocker: blocker ?? (isOver ? `It ended as ${detail.run.state}, and nothing stopped it.` : ''),
    said: code === undefined ? [] : [`${code}: ${text(detail?.denial, 'message') ?? ''}`],
    tookMicros: isOver ? tookOf(detail) : undefined,
    isShared: false,
    run: detail?.run.id,
    receipts: receiptOf(detail),
  }
}

function receiptOf(detail: RunDetail | undefined): readonly string[] {
  const receiptId = detail?.run.receiptId ?? undefined
  return receiptId === undefined ? [] : [receiptId]
}

function tookOf({ usage, run }: RunDetail): number | undefined {
  if (usage !== null) return usage.wallMicros
  return run.endedAt === null ? undefined : (run.endedAt - run.startedAt) * 1_000
}

function reached(report: unknown): boolean {
  return typeof report === 'object' && report !== null && 'reached' in report && report.reached !== false
}
