import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../kernel/clock.ts'
import type { Reader, Tx } from '../kernel/db/index.ts'
import type { Registration } from '../kernel/handler.ts'
import type { Purger } from '../marketplace/index.ts'
import type { Denial } from '@switchboard/api'
import { createActiveRuns } from './active-runs.ts'
import type { ActiveRuns } from './active-runs.ts'
import { acceptRun, diffRun } from './accept-run.ts'
import { keepValues } from './keep-values.ts'
import { listRunsOperation, readRunLog, showRun } from './inspect-run.ts'
import { createLiveLogs } from './live-logs.ts'
import type { LiveLogs, RunLogLine } from './live-logs.ts'
import { createRecordings, eraseRecordings } from './replay/index.ts'
import type { KeepingRules, RecordingsDeps } from './replay/index.ts'
import { runPlugin } from './run-plugin.ts'
import type { RunDeps } from './run-deps.ts'
import { casesOfRuns, deleteRunsOf, hasEnded, logAfter, resultsOf, cancelQueued } from './run-store.ts'
import { cancelRun, submitRun } from './submit-run.ts'
import type { RunJob } from './submit-run.ts'
import { undoPlugin, undoRun } from './undo-run.ts'
import { deleteValuesOf } from './value-store.ts'

export type PluginsDeps = Omit<RunDeps, 'logs' | 'active' | 'recordings'> & {
  /** What is recorded of runs, and for how long. */
  readonly recording: KeepingRules & Pick<RecordingsDeps, 'receiptOf' | 'secretsOf' | 'keptOf'>
  /** Tells the job worker that a run was queued. */
  readonly wake: () => void
  readonly read: Reader
  readonly clock: Clock
  /** Why a package must not run now. */
  readonly heldBy: (organisation: string, packageName: string) => Promise<Denial | undefined>
}

export interface Plugins {
  readonly registrations: readonly Registration[]
  readonly purgers: readonly Purger[]
  /** Lines after `after`, then those to come; `end` once. The caller has asked the gate for the run before. */
  follow(run: string, after: number, follower: (event: RunLogLine | 'end') => void): () => void
  /** Results of runs, for a bundle. */
  results(
    db: Reader,
    organisation: string,
    runs: readonly string[],
  ): Promise<readonly { readonly run: string; readonly result: string }[]>
  /** Organisations for which `recording.prune` has something to do. */
  recordingsDue(at: number): Promise<readonly string[]>
  removeAll(tx: Tx, organisation: string): Promise<{ runs: number; recordings: number; values: number }>
  /** A queued run that could not be started, however often it was tried, is cancelled. */
  giveUpQueued(tx: Tx, job: RunJob): Promise<void>
  /** The runs under way on this server. */
  readonly active: Pick<ActiveRuns, 'of' | 'stopAll' | 'size'>
}

export function createPlugins(deps: PluginsDeps): Plugins {
  const logs = createLiveLogs()
  const active = createActiveRuns(deps.heldBy)
  const recordings = createRecordings({ ...deps, ...deps.recording, rules: deps.recording, active })
  const runDeps: RunDeps = { ...deps, logs, active, recordings }
  return {
    registrations: [
      runPlugin(runDeps),
      submitRun(deps),
      listRunsOperation(),
      showRun(deps.sandbox, logs),
      readRunLog(logs),
      cancelRun({ active }),
      diffRun(deps),
      acceptRun(deps),
      undoRun(deps),
      undoPlugin(deps),
      ...keepValues(deps),
      ...recordings.registrations,
    ],
    recordingsDue: (at) => recordings.due(at),
    purgers: [
      {
        what: 'runs with their logs and results',
        rows: deleteRunsOf,
        cases: (tx, organisation, name) => casesOfRuns(tx, organisation, { package: name }),
      },
      { what: 'values that the plugin kept', rows: deleteValuesOf },
      {
        what: 'recordings of runs',
        rows: async (tx, organisation, name) =>
          (await eraseRecordings(tx, organisation, { package: name })).recordings,
      },
    ],
    follow(run, after, follower) {
      const stopping = new AbortController()
      followWhenItRuns({ logs, read: deps.read, signal: stopping.signal }, run, after, follower).catch(() => {
        // The store did not answer: the stream ends, and a reader that comes again resumes where it was.
        if (!stopping.signal.aborted) follower('end')
      })
      return () => stopping.abort()
    },
    active,
    async giveUpQueued(tx, { organisation, input }) {
      await cancelQueued(tx, organisation, input.run, deps.clock())
    },
    results: resultsOf,
    removeAll: async (tx, organisation) => ({
      runs: await deleteRunsOf(tx, organisation),
      recordings: (await eraseRecordings(tx, organisation, {})).recordings,
      values: await deleteValuesOf(tx, organisation),
    }),
  }
}

const lookAgainMs = 100

/**
 * A run that waits is waited for; one that ends between two looks has its lines in the store, and so has one that
 * another server performs.
 */
async function followWhenItRuns(
  deps: { readonly logs: LiveLogs; readonly read: Reader; readonly signal: AbortSignal },
  run: string,
  after: number,
  follower: (event: RunLogLine | 'end') => void,
): Promise<void> {
  const { logs, read, signal } = deps
  while (!signal.aborted) {
    const stop = logs.follow(run, after, follower)
    if (stop !== undefined) {
      signal.addEventListener('abort', stop, { once: true })
      return
    }
    if (await hasEnded(read, run)) {
      const lines = await logAfter(read, run, after, 100_000)
      if (signal.aborted) return
      for (const { line, stream, text, at } of lines)
        follower({ line, stream: stream as RunLogLine['stream'], text, at })
      follower('end')
      return
    }
    await delay(lookAgainMs, undefined, { ref: false })
  }
}
