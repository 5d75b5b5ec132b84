import type { Outcome } from '@switchboard/api'
import type { CanaryResult } from './canary-result.ts'
import type { RunnerEnding } from './runner-ending.ts'

/**
 * How much stands between a plugin and the machine. `development`: a process and an isolate of its own, no system
 * jail. `none` marks work in which no guest code takes part. Stamped in every receipt.
 */
export type SandboxLevel = 'none' | 'development' | 'reduced' | 'full'

export interface RunBudgets {
  readonly wallMs: number
  readonly cpuMs: number
  /** What the plugin's heap and buffers may hold; at least 8. */
  readonly memoryMB: number
  readonly calls: number
  /** Arguments of calls and the result together, as UTF-8 JSON. */
  readonly outputBytes: number
  /** Captured output; what is over is cut with a mark, which is no breach. */
  readonly logBytes: number
}

export interface PluginCall {
  /** From 1, in order of the calls, within one run. */
  readonly id: number
  readonly method: string
  /** Always a JSON object. */
  readonly args: unknown
}

export interface LogLine {
  readonly stream: 'out' | 'err'
  readonly text: string
  readonly atMs: number
}

/** All that code in the sandbox can know of chance and time. Two runs with the same one and the same answers are equal. */
export interface Determinism {
  /** 32 bytes, hex: where `Math.random` starts. Not a secret. */
  readonly seed: string
  /** What the clock shows at the start; it then moves only with deliveries. Milliseconds since 1970. */
  readonly startMs: number
}

/**
 * What reached the code after its start, in order: the answer of a call, with what the clock then showed; so many
 * timers, each moving the clock to when it was due; a warning. The last answers may have come when the code had ended already.
 */
export type Delivery =
  | { readonly answer: number; readonly atMs: number }
  | { readonly timers: number }
  | Warning

/** Told to code that asked for it, once for each budget, when four fifths are used. In the units of `exceeded`. */
export interface Warning {
  readonly warning: 'time' | 'cpu' | 'memory' | 'rows'
  readonly used: number
  readonly allowed: number
}

/** Pass the same `files` or `module` for the same package: a runner that holds it is not sent it again. */
export type PluginCode =
  | {
      readonly engine?: 'javascript'
      readonly entry: string
      readonly files: ReadonlyMap<string, string>
    }
  /** The bytes of the entry, unread: they are checked and compiled in the runner. */
  | { readonly engine: 'wasm'; readonly module: Uint8Array }

export interface RunRequest {
  /** Runner processes are never shared between trust domains. */
  readonly trustDomain: string
  readonly code: PluginCode
  /**
   * Lets V8 compile JavaScript to machine code, in a process that does: several times faster where code computes, and
   * the part of V8 that most escapes began in. The caller decides who is trusted with it; never by default.
   */
  readonly jit?: boolean
  /** JSON. */
  readonly args: unknown
  /** What `api` offers, as `group.verb` or `verb`. Listing a method grants nothing: `onCall` decides. */
  readonly methods: readonly string[]
  readonly budgets: RunBudgets
  /** Performs a call, or refuses it. A throw is a fault: the plugin learns only that the call failed. */
  onCall(call: PluginCall): Promise<Outcome<unknown>>
  onLog(line: LogLine): void
  /** Rows are counted behind `onCall`; told here, they are warned of like the other budgets. */
  readonly rows?: { readonly allowed: number; used(): number }
  readonly signal: AbortSignal
  /** A fresh seed and the present by default. */
  readonly determinism?: Determinism
  /**
   * Keeps to a recorded order: timers fire without waiting, and an answer is held back until it is its turn. `onCall`
   * has to give the recorded answers; pass the recorded `determinism` too.
   */
  readonly replay?: { readonly deliveries: readonly Delivery[] }
  /** What the clock shows with the answer of a call; the machine's time by default. For recorded answers in a new order. */
  readonly answeredAtMs?: (call: number) => number
}

export interface RunUsage {
  /** From the start in a runner; waiting for a runner is not counted. */
  readonly wallMicros: number
  /** Of the runner process while it ran this. Waiting for a call or a timer costs none. */
  readonly cpuMicros: number
  /** Peak: growth of the runner's resident memory or the isolate's heap, whichever is larger. */
  readonly memoryBytes: number
  readonly calls: number
  readonly outputBytes: number
  readonly logBytes: number
}

export interface ThrownError {
  readonly name: string
  readonly message: string
  readonly stack: string
}

export type RunEnd =
  | { readonly end: 'returned'; readonly value: unknown }
  /** `refusedCall` is the id of the call whose refusal escaped from `run`; set only if that call was refused. */
  | { readonly end: 'threw'; readonly error: ThrownError; readonly refusedCall?: number }
  /** In the unit of the budget: milliseconds, MB, bytes or calls. */
  | {
      readonly end: 'exceeded'
      readonly budget: 'time' | 'cpu' | 'memory' | 'output' | 'calls'
      readonly used: number
      readonly allowed: number
    }
  | { readonly end: 'result_invalid'; readonly reason: 'cyclic' | 'not_json' | 'too_large' }
  | { readonly end: 'cancelled' }
  /** Only of a replay: the code did not do what `deliveries[at]` needs; at their length, it wanted more than was recorded. */
  | { readonly end: 'diverged'; readonly at: number }
  /** The runner ended, broke the protocol or could not start. `detail` is for operators, not for callers. */
  | { readonly end: 'crashed'; readonly detail: string }

export type RunReport = {
  readonly usage: RunUsage
  readonly determinism: Determinism
  /** Undefined when the runner was ended before it could tell; such a run cannot be replayed. */
  readonly deliveries: readonly Delivery[] | undefined
} & RunEnd

export interface SandboxStats {
  readonly runners: number
  readonly blank: number
  readonly busy: number
  /** Runs that wait for a runner. */
  readonly waiting: number
  readonly started: number
  readonly killed: number
  /** Of those that ended, how many for which reason; a reason that never was is absent. */
  readonly endings: Readonly<Partial<Record<RunnerEnding, number>>>
}

export interface Sandbox {
  readonly level: SandboxLevel
  /** Below `full`: the one line that would mend it, for operators. */
  readonly mend?: string
  /** What the probe tried in this jail, and what came of it; none at `development`. */
  readonly canaries?: readonly CanaryResult[]
  /** Never throws for what a plugin does: that is in the report. Rejects when the sandbox is closed. */
  run(request: RunRequest): Promise<RunReport>
  stats(): SandboxStats
  /** Ends every runner; runs in flight are reported as crashed. */
  close(): Promise<void>
}
