import type { Denial } from '@switchboard/api'
import { canonicalJson, sha256Hex } from '../../kernel/canonical.ts'
import type { RunEnd } from '../judge-report.ts'
import type { RecordedOutput } from './recording.ts'

/** Ends that the machine decided, by its clock or its memory, or somebody from outside: the code alone cannot bring them back. */
const stops = new Set([
  'BudgetExceeded:time',
  'BudgetExceeded:cpu',
  'BudgetExceeded:memory',
  'run_cancelled',
  'runner_lost',
  'package_quarantined',
  'sandbox_stopped',
])

/** Those of them that only say how fast and how large the machine is at the moment. */
const limits = new Set(['BudgetExceeded:time', 'BudgetExceeded:cpu', 'BudgetExceeded:memory'])

export function isStop(output: RecordedOutput): boolean {
  return output.code !== null && stops.has(output.code)
}

export function isLimit(output: RecordedOutput): boolean {
  return output.code !== null && limits.has(output.code)
}

/** A run that its own gate budget ended: what it still did in that moment is chance. */
export function isBreach(output: RecordedOutput): boolean {
  return output.code?.startsWith('BudgetExceeded:') === true
}

/**
 * What replays are compared by. A result's digest is the one in the run's receipt. A denial's is that of its code and
 * parameters, without what was measured; whoever has the receipt opened can make it from the denial in there.
 */
export function outputOf(end: RunEnd): RecordedOutput {
  if (end.ok) return { kind: 'result', code: null, sha256: sha256Hex(end.value.text) }
  const { code, params } = end.denial
  return {
    kind: 'denial',
    code,
    sha256: sha256Hex(canonicalJson({ code, params: unmeasured(code, params) })),
  }
}

function unmeasured(code: string, params: Denial['params']): Denial['params'] {
  if (code === 'runner_lost') return {}
  if (!code.startsWith('BudgetExceeded:')) return params
  return Object.fromEntries(Object.entries(params).filter(([name]) => name !== 'used'))
}
