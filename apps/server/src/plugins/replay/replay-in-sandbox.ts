import type { Denial, Outcome } from '@switchboard/api'
import type { Delivery, PluginCall, RunBudgets, RunReport, RunRequest, Sandbox } from '../../sandbox/index.ts'
import { endsTheRun } from '../ends-the-run.ts'
import { judgeReport } from '../judge-report.ts'
import type { RunEnd } from '../judge-report.ts'
import { isBreach, isStop, outputOf } from './run-output.ts'
import type { LoadedRecording } from './load-recording.ts'
import { argumentsDigest } from './recording.ts'
import type { RecordedCall, RecordedOutput } from './recording.ts'

/** Code to run on recorded inputs; of the recorded version or of another. */
export interface ReplayedCode {
  readonly trustDomain: string
  readonly code: RunRequest['code']
  readonly jit: boolean
  readonly manifest: Parameters<typeof judgeReport>[0]['package']['manifest']
  readonly methods: readonly string[]
  readonly budgets: RunBudgets
}

export interface Divergence {
  readonly kind: 'method' | 'arguments' | 'call_added' | 'call_removed' | 'timer' | 'end' | 'output'
  readonly call: number | null
  readonly method: string | null
  readonly path: string | null
  readonly expected: string | null
  readonly actual: string | null
}

export interface ReplayedCall {
  readonly call: number
  readonly method: string
  readonly arguments: string
}

export interface Replayed {
  readonly end: RunEnd
  readonly output: RecordedOutput
  /** The first place where it left the recording, what it returned aside. */
  readonly divergence: Divergence | undefined
  readonly added: readonly ReplayedCall[]
  readonly removed: readonly ReplayedCall[]
  readonly report: RunReport
}

const nowhere = { call: null, method: null, path: null, expected: null, actual: null }

/**
 * Runs code on a recording, in the recorded order of deliveries. Nothing but the recording answers a call; the first
 * that it does not know ends the replay.
 */
export async function replayStrictly(
  sandbox: Sandbox,
  code: ReplayedCode,
  loaded: LoadedRecording,
  signal: AbortSignal,
): Promise<Replayed> {
  const { recording } = loaded
  const calls: ReplayedCall[] = []
  const leaving = new AbortController()
  let divergence: Divergence | undefined
  const leave = (found: Divergence): Outcome<unknown> => {
    divergence ??= found
    leaving.abort()
    return notRecorded(found.method ?? '')
  }
  const played = await play(sandbox, code, loaded, {
    signal: AbortSignal.any([signal, leaving.signal]),
    deliveries: recording.deliveries,
    answer(call) {
      const asked = { call: call.id, method: call.method, arguments: argumentsDigest(call.args) }
      calls.push(asked)
      const recorded = recording.calls[call.id - 1]
      if (recorded === undefined) {
        // At the very moment it was stopped a run may have been about to make another call.
        if (isStop(recording.output) || isBreach(recording.output)) return notRecorded(call.method)
        return leave(callAdded(asked))
      }
      const differs = callDiffers(recorded, asked)
      return differs === undefined ? recordedOutcome(loaded, recorded) : leave(differs)
    },
  })
  const { report } = played
  divergence ??= strayed(loaded, report, calls)
  return { ...played, divergence, added: [], removed: [] }
}

/**
 * Runs code that is not the recorded one: calls are answered by whichever recorded call has the same method and
 * arguments, in their order; others are refused, and the code may go on.
 */
export async function replayFreely(
  sandbox: Sandbox,
  code: ReplayedCode,
  loaded: LoadedRecording,
  signal: AbortSignal,
): Promise<Omit<Replayed, 'divergence'>> {
  const { recording } = loaded
  const left = new Map<number, RecordedCall>(recording.calls.entries())
  const answeredAtMs = new Map<number, number>()
  const added: ReplayedCall[] = []
  const played = await play(sandbox, code, loaded, {
    signal,
    answeredAtMs: (id) => answeredAtMs.get(id) ?? recording.startMs,
    answer(call) {
      const wanted = { call: call.id, method: call.method, arguments: argumentsDigest(call.args) }
      for (const [at, recorded] of left) {
        if (callDiffers(recorded, wanted) !== undefined) continue
        left.delete(at)
        const delivered = recording.deliveries.find((each) => 'answer' in each && each.answer === at + 1)
        if (delivered !== undefined && 'atMs' in delivered) answeredAtMs.set(call.id, delivered.atMs)
        return recordedOutcome(loaded, recorded)
      }
      added.push(wanted)
      return notRecorded(call.method)
    },
  })
  const removed = [...left].map(([at, { method, arguments: digest }]) => ({
    call: at + 1,
    method,
    arguments: digest,
  }))
  return { ...played, added, removed }
}

async function play(
  sandbox: Sandbox,
  code: ReplayedCode,
  loaded: LoadedRecording,
  how: {
    readonly signal: AbortSignal
    readonly deliveries?: readonly Delivery[]
    readonly answeredAtMs?: (call: number) => number
    answer(call: PluginCall): Outcome<unknown>
  },
): Promise<Pick<Replayed, 'end' | 'output' | 'report'>> {
  const { recording } = loaded
  const refused = new Map<number, Denial>()
  const ending = new AbortController()
  let breached: Denial | undefined
  const { deliveries, answeredAtMs } = how
  const report = await sandbox.run({
    trustDomain: code.trustDomain,
    code: code.code,
    jit: code.jit,
    args: JSON.parse(recording.input) as unknown,
    methods: code.methods,
    budgets: code.budgets,
    determinism: { seed: recording.seed, startMs: recording.startMs },
    ...(deliveries === undefined ? {} : { replay: { deliveries } }),
    ...(answeredAtMs === undefined ? {} : { answeredAtMs }),
    signal: AbortSignal.any([how.signal, ending.signal]),
    onLog: () => {
      // The log of the run is kept with the run; a replay says the same again.
    },
    async onCall(call) {
      const outcome = how.answer(call)
      if (!outcome.ok) {
        refused.set(call.id, outcome.denial)
        if (endsTheRun(outcome.denial)) {
          breached ??= outcome.denial
          ending.abort()
        }
      }
      return outcome
    },
  })
  const { run, package: name } = recording
  const end = judgeReport({
    run,
    package: { name, manifest: code.manifest },
    // Where it left its recording it was ended from outside.
    report: report.end === 'diverged' ? { ...report, end: 'cancelled' } : report,
    refused,
    breached,
  })
  return { end, output: outputOf(end), report }
}

function recordedOutcome(loaded: LoadedRecording, { method, answer }: RecordedCall): Outcome<unknown> {
  switch (answer.kind) {
    case 'allowed':
      return { ok: true, value: loaded.answers.get(answer.sha256) }
    case 'denied':
      // Stored by us as a denial; one that was changed into something else says so by its digest.
      return { ok: false, denial: loaded.answers.get(answer.sha256) as Denial }
    case 'failed':
      throw new Error(`${method} failed when the run was recorded.`)
    case 'open':
      // Never delivered: the order that is kept to has no place for it.
      return notRecorded(method)
  }
}

function notRecorded(method: string): Outcome<unknown> {
  return {
    ok: false,
    denial: {
      code: 'call_not_recorded',
      category: 'not_found',
      params: { method },
      message: `This call of ${method} is not in the recording.`,
      change: 'A replay performs nothing: it knows the recorded answers only.',
    },
  }
}

function callDiffers(recorded: RecordedCall, asked: ReplayedCall): Divergence | undefined {
  const { call, method } = asked
  if (recorded.method !== method)
    return { ...nowhere, kind: 'method', call, method, expected: recorded.method, actual: method }
  if (recorded.arguments === asked.arguments) return undefined
  return {
    ...nowhere,
    kind: 'arguments',
    call,
    method,
    expected: recorded.arguments,
    actual: asked.arguments,
  }
}

function callAdded({ call, method, arguments: actual }: ReplayedCall): Divergence {
  return { ...nowhere, kind: 'call_added', call, method, actual }
}

function callRemoved(at: number, recorded: RecordedCall): Divergence {
  const { method, arguments: expected } = recorded
  return { ...nowhere, kind: 'call_removed', call: at + 1, method, expected }
}

/** Where a replay of which every call was recorded nevertheless did something else than wait for what came. */
function strayed(
  { recording }: LoadedRecording,
  report: RunReport,
  calls: readonly ReplayedCall[],
): Divergence | undefined {
  const missing = recording.calls[calls.length]
  const removed = missing === undefined ? undefined : callRemoved(calls.length, missing)
  if (report.end !== 'diverged')
    return isStop(recording.output) || isBreach(recording.output) ? undefined : removed
  const wanted = recording.deliveries[report.at]
  if (wanted === undefined) {
    // It waits where the recording ends: just so, if somebody ended the run there.
    if (isStop(recording.output) || isBreach(recording.output)) return undefined
    return { ...nowhere, kind: 'end', expected: recording.output.code ?? 'result', actual: 'waits' }
  }
  if (!('answer' in wanted)) return { ...nowhere, kind: 'timer', expected: `delivery ${report.at + 1}` }
  const call = recording.calls[wanted.answer - 1]
  return call === undefined ? removed : callRemoved(wanted.answer - 1, call)
}
