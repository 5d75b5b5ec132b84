import type { Outcome } from '@switchboard/api'
import { sha256Hex } from '../../kernel/canonical.ts'
import { maxAnswerBytes } from '../../sandbox/index.ts'
import type { RunBudgets, RunReport } from '../../sandbox/index.ts'
import { forbidsKeeping } from './keeping-rules.ts'
import type { KeepingRules, Place } from './keeping-rules.ts'
import { packText } from './pack-text.ts'
import { argumentsDigest } from './recording.ts'
import type { RecordedCall, RecordedOutput, Recording } from './recording.ts'

/** Texts of one run's answers together; 24 runs may be under way, and what they recorded waits in memory. */
const mostAnswersBytes = 16 * 1024 * 1024

/** What is known of a run before it starts. */
export interface RunStart {
  readonly run: string
  readonly package: string
  readonly version: string
  readonly digest: string
  readonly entry: string
  /** Its manifest names secrets. */
  readonly mayUseSecrets: boolean
  readonly args: unknown
  readonly methods: readonly string[]
  readonly budgets: RunBudgets
  /** Where the run itself stands: its input is data too. */
  readonly place: Place
}

export interface KeptAnswer {
  readonly sha256: string
  readonly content: Uint8Array
  readonly bytes: number
}
export type Recorded =
  | {
      readonly sha256: string
      readonly body: Uint8Array
      readonly bytes: number
      readonly answers: readonly KeptAnswer[]
      readonly withheld?: undefined
    }
  | { readonly withheld: Withheld }
/** What a rule forbade to keep, and where it struck first. */
export interface Withheld {
  readonly where: string
  readonly rule: string
}

export interface RunRecorder {
  /** Notes a call when it is made; the answer is told to what this gives. */
  called(id: number, method: string, args: unknown): void
  /** @param outcome as the plugin is given it */
  answered(id: number, outcome: Outcome<unknown>, place: Place): void
  failed(id: number): void
  end(report: RunReport, output: RecordedOutput): Promise<Recorded>
}

/**
 * Collects in memory what it takes to perform a run again. Nothing is kept of a run of which something must not be
 * kept, except which rule it was.
 *
 * @param holdsSecret whether a text holds a secret that the broker keeps for the organisation.
 */
export function createRunRecorder(
  start: RunStart,
  deps: {
    readonly rules: KeepingRules
    /** The organisation has no room for more. */
    readonly isFull: boolean
    readonly holdsSecret: (text: string) => boolean
  },
): RunRecorder {
  const calls: RecordedCall[] = []
  const answers = new Map<string, Promise<Uint8Array>>()
  const input = textOf(start.args)
  let bytes = 0
  let withheld: Withheld | undefined

  function withhold(where: string, rule: string | undefined): void {
    if (rule === undefined) return
    withheld ??= { where, rule }
    answers.clear()
  }
  withhold('all of it', deps.isFull ? 'no-room' : undefined)
  withhold('its input', forbidsKeeping(deps.rules, start.place) ?? secretIn(input))

  function secretIn(text: string): string | undefined {
    return deps.holdsSecret(text) ? 'secret' : undefined
  }

  function put(id: number, answer: RecordedCall['answer']): void {
    const call = calls[id - 1]
    if (call !== undefined) calls[id - 1] = { ...call, answer }
  }

  return {
    called(id, method, args) {
      if (withheld !== undefined) return
      calls[id - 1] = { method, arguments: argumentsDigest(args), answer: { kind: 'open' } }
    },
    answered(id, outcome, place) {
      const call = calls[id - 1]
      if (withheld !== undefined || call === undefined) return
      const where = `answer ${id} (${call.method})`
      // A refusal tells of the plugin's own request; data stands in what was allowed.
      if (outcome.ok) withhold(where, forbidsKeeping(deps.rules, place))
      const text = textOf(outcome.ok ? outcome.value : outcome.denial)
      const size = Buffer.byteLength(text)
      if (size > maxAnswerBytes) withhold(where, 'answer-too-large')
      withhold(where, secretIn(text))
      const sha256 = sha256Hex(text)
      if (!answers.has(sha256)) {
        bytes += size
        if (bytes > mostAnswersBytes) withhold(where, 'recording-too-large')
        if (withheld === undefined) answers.set(sha256, packText(text))
      }
      put(id, { kind: outcome.ok ? 'allowed' : 'denied', sha256 })
    },
    failed(id) {
      put(id, { kind: 'failed' })
    },
    async end(report, output) {
      // The runner was ended before it could tell in which order things reached the code.
      if (report.deliveries === undefined) withhold('its order of deliveries', 'runner-killed')
      if (withheld !== undefined || report.deliveries === undefined)
        return { withheld: withheld ?? { where: 'it', rule: 'runner-killed' } }
      const recording: Recording = {
        format: 1,
        run: start.run,
        package: start.package,
        version: start.version,
        digest: start.digest,
        entry: start.entry,
        input,
        ...report.determinism,
        methods: [...start.methods],
        budgets: budgetsOf(start.budgets),
        calls,
        deliveries: [...report.deliveries],
        output,
      }
      const text = JSON.stringify(recording)
      const body = await packText(text)
      const kept = await Promise.all(
        [...answers].map(async ([sha256, packing]) => {
          const content = await packing
          return { sha256, content, bytes: content.byteLength }
        }),
      )
      return { sha256: sha256Hex(text), body, bytes: body.byteLength, answers: kept }
    },
  }
}

function budgetsOf(budgets: RunBudgets): Recording['budgets'] {
  const { wallMs, cpuMs, memoryMB, calls, outputBytes, logBytes } = budgets
  return { wallMs, cpuMs, memoryMB, calls, outputBytes, logBytes }
}

/** As the sandbox writes it for the plugin. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null'
  } catch {
    // A refusal's figures may be `bigint`; asking about each member costs ten times as much, so it is asked only then.
    return JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'bigint' ? member.toString() : member,
    )
  }
}
