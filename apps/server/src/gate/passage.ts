import type { Denial, OperationSpec, Outcome } from '@switchboard/api'
import type { Tx } from '../kernel/db/index.ts'
import type { Fault } from '../kernel/fault.ts'
import type {
  Actor,
  Ceilings,
  Counts,
  Performed,
  Registration,
  Resource,
  Subject,
  Via,
} from '../kernel/handler.ts'
import type { OrganisationId, ReceiptId, ReviewId, UserId } from '../kernel/ids.ts'
import type { Decision } from '../policy/index.ts'
import type { Credential } from '../identity/index.ts'

/** Who asks: a secret from outside, or a user that the server itself brings back (a job, an approved review). */
export type Caller =
  | Credential
  | {
      readonly kind: 'user'
      readonly user: UserId
      readonly organisation: OrganisationId
      /** Of the token that asked: what waited in between may do no more than it could. Absent: all that the roles permit. */
      readonly scopes?: readonly string[] | undefined
    }
  /** The server's own first start, within one organisation. */
  | { readonly kind: 'system'; readonly organisation: OrganisationId }

export interface GateRequest {
  readonly operation: string
  readonly input: unknown
  readonly caller: Caller
  readonly idempotencyKey?: string
  /** 32 hexadecimal digits; made when absent. */
  readonly traceId?: string
  readonly signal?: AbortSignal
  /** The approved review that this performs. */
  readonly approvedBy?: ReviewId
}

/** One performance on its way through the gate. Each stage adds what it knows; nothing is taken back. */
export interface Passage {
  readonly request: GateRequest
  readonly registration: Registration
  readonly spec: OperationSpec
  /** The receipt of the effect, or of the intent when the effect is external. */
  readonly receiptId: ReceiptId
  /** The receipt of an external effect's outcome; its parent is the intent. */
  readonly outcomeId: ReceiptId
  readonly traceId: string
  readonly at: number
  readonly startedMicros: number
  readonly signal: AbortSignal
  /** The enclosing operation, when a handler performs another. */
  readonly parent?: Passage
  readonly via?: Via

  actor?: Actor
  /** Of the installation that asks. */
  ceilings?: Ceilings
  input?: unknown
  inputDigest: { sha256: string; bytes: number }
  resource?: Resource
  decision?: Decision
  approval?: { readonly task: ReviewId; readonly by: readonly string[] }
  reservedMicros: bigint

  readonly subject: Subject
  readonly placed: { tlp?: string; pap?: string; licences: string[] }
  readonly counts: Counts
  chargedMicros: bigint
  /** What this call took from its run's lease. */
  readonly drawn: { calls: number; rows: number }
  level: 'none' | 'development' | 'reduced' | 'full'
  outputDigest?: { sha256: string; bytes: number }
  outcome?: Outcome<unknown>
  fault?: Fault
  readonly afterCommit: (() => void)[]
  /** Receipts of nested reads on their way to the disk; the outcome waits for them. */
  readonly nested: Promise<unknown>[]
}

export const stageNames = [
  'authenticate',
  'parse',
  'decide',
  'approve',
  'reserve',
  'run',
  'settle',
  'receipt',
] as const
export type StageName = (typeof stageNames)[number]

/**
 * A stage answers nothing when the passage may go on, or the denial that ends it.
 * `tx` is there for the stages that belong to the operation's transaction.
 */
export type Stage = (passage: Passage, tx?: Tx) => Promise<Denial | undefined>

/** What the receipt stage writes: an effect and its end at once, or the two halves around an external effect. */
export type Phase = 'effect' | 'intent' | 'outcome'
export type ReceiptStage = (passage: Passage, phase: Phase, tx: Tx) => Promise<void>

export interface Stages {
  readonly authenticate: Stage
  readonly parse: Stage
  readonly decide: Stage
  readonly approve: Stage
  readonly reserve: Stage
  /** Returns what must be written together with the outcome. */
  readonly run: (passage: Passage, tx: Tx | undefined) => Promise<((tx: Tx) => Promise<void>) | undefined>
  readonly settle: (passage: Passage, tx: Tx) => Promise<void>
  readonly receipt: ReceiptStage
}

export function deniedIn(passage: Passage): Denial | undefined {
  return passage.outcome?.ok === false ? passage.outcome.denial : undefined
}

/** Where the data stands that a passage is about. */
export function placeOf({ placed, resource }: Passage): {
  readonly tlp?: string
  readonly pap?: string
  readonly licences: readonly string[]
} {
  const tlp = placed.tlp ?? resource?.tlp
  const pap = placed.pap ?? resource?.attributes?.['pap']
  return {
    ...(tlp === undefined ? {} : { tlp }),
    ...(typeof pap === 'string' ? { pap } : {}),
    licences: placed.licences,
  }
}

export function performed(passage: Passage, receipt: ReceiptId | undefined, wallMicros: number): Performed {
  return {
    outcome: passage.outcome as Outcome<unknown>,
    ...(receipt === undefined ? {} : { receiptId: receipt }),
    ...(passage.actor === undefined ? {} : { organisation: passage.actor.organisation }),
    costMicros: passage.chargedMicros,
    wallMicros,
    rows: passage.counts.rows,
    place: placeOf(passage),
  }
}
