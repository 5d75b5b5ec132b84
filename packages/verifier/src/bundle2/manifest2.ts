import type { Json, JsonObject } from '../canonical-json.ts'
import type { RetentionClass } from '../entry.ts'
import type { Findings } from '../findings.ts'
import { readManifestBody, type ManifestBody } from '../manifest.ts'
import { hasExactly, isCount, isList, isObject, isSha256Hex, isText } from '../shape.ts'

/** Half-open, in indices of one log. */
export interface IndexRange {
  readonly from: number
  readonly to: number
}

export interface ManifestLog {
  readonly class: RetentionClass
  readonly origin: string
  readonly complete: readonly IndexRange[]
  readonly count: number
  readonly sha256: string
}

export interface Manifest2 extends ManifestBody {
  readonly logs: readonly ManifestLog[]
}

/** In the order that the manifest's logs have. */
export const classesInOrder: readonly RetentionClass[] = ['standard', 'short', 'long']
const where = 'section manifest'

/** Reads the manifest of a bundle of version 2 (check 2); `undefined` when its form is wrong. */
export function readManifest2(value: JsonObject, findings: Findings): Manifest2 | undefined {
  const { logs } = value
  let logsFit = false
  const body = readManifestBody(value, 2, where, ['logs'], findings, () => {
    logsFit = isList(logs) && logs.length > 0 && logs.every((log) => checkLog(log, findings))
    if (!isList(logs) || logs.length === 0)
      findings.red(`${where}, logs`, 'manifest_log', 'logs must be a list that is not empty.')
    else if (logsFit) logsFit = checkOrder(logs, findings)
  })
  if (body === undefined || !logsFit) return undefined
  const { kind, scope } = body
  const { release } = scope
  if (kind === 'release' && !(isText(release) && /^[^@]+@[^@]+$/.test(release))) {
    findings.red(`${where}, scope`, 'manifest_scope', 'scope.release must be NAME@VERSION of a package.')
    return undefined
  }
  // `checkLog` saw every member.
  return { ...body, logs } as unknown as Manifest2
}

function checkLog(log: Json, findings: Findings): boolean {
  const isLog = isObject(log) && hasExactly(log, ['class', 'complete', 'count', 'origin', 'sha256'])
  const fits =
    isLog &&
    classesInOrder.some((each) => each === log.class) &&
    isCount(log.count) &&
    isText(log.origin) &&
    isSha256Hex(log.sha256)
  if (!fits) {
    const message =
      'A log has class (standard, short, long), complete, count, origin and sha256, nothing else.'
    findings.red(`${where}, logs`, 'manifest_log', message)
    return false
  }
  if (areRanges(log.complete)) return true
  const message = 'Ranges have from below to, ascend, and do not touch.'
  findings.red(`${where}, logs, complete`, 'complete_form', message)
  return false
}

function areRanges(value: Json | undefined): boolean {
  if (!isList(value)) return false
  let end = -1
  for (const range of value) {
    if (!isObject(range) || !hasExactly(range, ['from', 'to'])) return false
    if (!isCount(range.from) || !isCount(range.to) || range.from >= range.to || range.from <= end)
      return false
    end = range.to
  }
  return true
}

function checkOrder(logs: readonly Json[], findings: Findings): boolean {
  const ranks = logs.map((log) => classesInOrder.findIndex((each) => isObject(log) && each === log.class))
  const origins = new Set(logs.map((log) => (isObject(log) ? log.origin : undefined)))
  const inOrder = ranks.every((rank, i) => i === 0 || rank >= (ranks[i - 1] ?? 0))
  if (inOrder && origins.size === logs.length) return true
  const message = 'Classes stand in the order standard, short, long; origins differ.'
  findings.red(`${where}, logs`, 'manifest_log', message)
  return false
}
