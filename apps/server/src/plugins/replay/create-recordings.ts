import type { Cases } from '../../cases/index.ts'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import type { Registration } from '../../kernel/handler.ts'
import { holdsSecret } from '../../outbound/index.ts'
import type { UsableSecret } from '../../outbound/index.ts'
import { forgetRecording } from './forget-recording.ts'
import { organisationsToPrune, pruneRecordings } from './prune-recordings.ts'
import type { Kept } from './prune-recordings.ts'
import { insertRecording, recordedBytes } from './recording-store.ts'
import { replayRun } from './replay-run.ts'
import type { ReplayDeps } from './replay-run.ts'
import { createRunRecorder } from './run-recorder.ts'
import type { Recorded, RunRecorder, RunStart } from './run-recorder.ts'

export type RecordingsDeps = ReplayDeps & {
  readonly cases: Cases
  readonly read: Reader
  readonly keptOf: Kept
  /** What the broker uses for a package; a text that holds one of them is never kept. */
  readonly secretsOf: (
    db: Reader,
    organisation: string,
    packageName: string,
  ) => Promise<readonly UsableSecret[]>
}

/** What of a run goes into the row beside the recording. */
export interface RecordedRun {
  readonly organisation: string
  readonly run: string
  readonly package: string
  readonly caseId: string | undefined
  readonly canary: string
  readonly at: number
}

export interface Recordings {
  readonly registrations: readonly Registration[]
  /** Undefined when nothing is recorded. */
  recorder(organisation: string, start: RunStart): Promise<RunRecorder | undefined>
  keep(tx: Tx, of: RecordedRun, recorded: Recorded): Promise<void>
  /** Organisations for which `recording.prune` has something to do. */
  due(at: number): Promise<readonly string[]>
}

/** Over its share by so much an organisation records no more until the oldest have gone. */
const overfull = 1.25

export function createRecordings(deps: RecordingsDeps): Recordings {
  const { rules } = deps
  /** Bytes by organisation: counted when first asked and after each sweep, and added to in between. */
  const kept = new Map<string, number>()

  async function isFull(organisation: string): Promise<boolean> {
    let bytes = kept.get(organisation)
    if (bytes === undefined) {
      bytes = await recordedBytes(deps.read, organisation)
      kept.set(organisation, bytes)
    }
    return bytes > rules.mostBytes * overfull
  }

  return {
    registrations: [replayRun(deps), forgetRecording(deps), pruneRecordings(rules, deps.keptOf)],
    async recorder(organisation, start) {
      if (rules.days === 0) return undefined
      const secrets = start.mayUseSecrets ? await deps.secretsOf(deps.read, organisation, start.package) : []
      return createRunRecorder(start, {
        rules,
        isFull: await isFull(organisation),
        holdsSecret: (text) => holdsSecret(text, secrets),
      })
    },
    async keep(tx, of, recorded) {
      const { organisation, run, caseId, canary, at } = of
      const row = {
        organisation,
        run,
        package: of.package,
        case_id: caseId ?? null,
        canary,
        recorded_at: at,
      }
      if (recorded.withheld !== undefined) {
        const { where: withheld_at, rule: withheld_by } = recorded.withheld
        const none = { sha256: '', body: null, bytes: 0 }
        await insertRecording(tx, { ...row, ...none, withheld_at, withheld_by }, [])
        return
      }
      const { sha256, body, bytes, answers } = recorded
      await insertRecording(
        tx,
        { ...row, sha256, body, bytes, withheld_at: null, withheld_by: null },
        answers,
      )
      const added = answers.reduce((sum, answer) => sum + answer.bytes, bytes)
      kept.set(organisation, (kept.get(organisation) ?? 0) + added)
    },
    async due(at) {
      kept.clear()
      return await organisationsToPrune(deps.read, rules, deps.keptOf, at)
    },
  }
}
