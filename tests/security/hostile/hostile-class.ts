import type { RunBudgets, RunEnd } from '../../../apps/server/src/sandbox/index.ts'
import type { Canaries } from './canaries.ts'

/** A program as its author wrote it: CommonJS, files by path, or the bytes of a WebAssembly module. */
export interface HostileProgram {
  readonly name: string
  readonly code: string | Readonly<Record<string, string>> | (() => Promise<Uint8Array>)
  /** `index.js` by default. */
  readonly entry?: string
  /** Runs twice in the same trust domain, with `args.phase` 1 and 2; what it returns the second time must be `[]`. */
  readonly twice?: true
}

export interface HostileClass {
  readonly name: string
  /** The layer that stops these programs. */
  readonly mechanism: string
  readonly programs: readonly HostileProgram[]
  readonly budgets?: Partial<RunBudgets>
  /** How these may end, `returned` among them where the attempt simply comes to nothing. Never `crashed`. */
  readonly ends: readonly RunEnd['end'][]
  /** What a result may be, where it is not enough that it holds no canary. */
  readonly mayReturn?: (value: unknown) => boolean
  /**
   * The same kind of attempt where the layer is off: says what it reached. An attempt that fails even there proves
   * nothing, so then this throws.
   */
  control(canaries: Canaries): Promise<string>
}
