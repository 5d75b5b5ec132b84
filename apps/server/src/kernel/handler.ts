import { findOperation } from '@switchboard/api'
import type {
  Denial,
  DenialsOf,
  InputOf,
  OperationByName,
  OperationName,
  OperationSpec,
  Outcome,
  OutputOf,
} from '@switchboard/api'
import type { Reader, Tx } from './db/index.ts'
import type { OrganisationId, ReceiptId, RunId, UserId } from './ids.ts'

/** Who acts. Known before anything else happens; handlers trust it. */
export interface Actor {
  readonly organisation: OrganisationId
  readonly user: UserId
  readonly name: string
  readonly roles: readonly string[]
  /** A labelled identity of the demonstration. */
  readonly demo: boolean
  /** `nobody` may only perform operations declared anonymous; `system` is the server's own first start. */
  readonly kind: 'user' | 'nobody' | 'system'
  readonly credential?: { readonly kind: 'session' | 'token'; readonly id: string }
  /** Operations that the token in use may perform; absent: all that the roles permit. */
  readonly scopes?: readonly string[]
  /** The plugin that acts on the user's behalf. */
  readonly via?: Via
}

/** A plugin run, as the author of nested calls. */
export interface Via {
  readonly package: string
  readonly version: string
  readonly digest: string
  readonly run: RunId
  /** The case it runs on; it reaches no other. */
  readonly case?: string
  /** Scopes that the manifest names; no other can ever be granted. */
  readonly declared: readonly string[]
  readonly lease: Lease
  readonly marked: Marked
}

/** How what a run knows is marked: its case, and whatever it was given since. It only rises, and what it writes bears it. */
export interface Marked {
  tlp: string
  /** `CLEAR` without a case. */
  pap: string
}

/** The strictest markings that an installation may be given, and the licences: exact names, or `*` for any. */
export interface Ceilings {
  readonly tlp: string
  readonly pap: string
  readonly licences: readonly string[]
}

/** What a run may still use; nested calls draw from it. Numbers only fall. */
export interface Lease {
  calls: number
  readonly callsAllowed: number
  rows: number
  readonly rowsAllowed: number
  micros: bigint
}

/** What an operation acts on, as policy sees it. */
export interface Resource {
  readonly type:
    | 'Organisation'
    | 'Package'
    | 'Version'
    | 'Hold'
    | 'Run'
    | 'Case'
    | 'Entity'
    | 'Table'
    | 'Value'
    | 'Review'
    | 'Receipt'
    | 'Bundle'
    | 'Destination'
  readonly id: string
  readonly organisation: string
  readonly tlp?: string
  readonly attributes?: Readonly<Record<string, string | number | boolean | readonly string[]>>
}

/** Facts about the thing acted on, for the receipt. */
export interface Subject {
  package?: string
  version?: string
  digest?: string
  case?: string
  run?: string
  target?: string
  /** SHA-256 of what was recorded of the run, so that a recording can be held against the log. */
  recording?: string
}

export interface Counts {
  calls: number
  rows: number
  bytesIn: number
  bytesOut: number
  cpuMicros: number
}

/** What every handler is given. It holds no way to write, to charge or to make a receipt: the gate does these. */
export interface Context {
  readonly actor: Actor
  readonly at: number
  /** This operation's receipt (its intent, when the effect is external). */
  readonly receiptId: ReceiptId
  readonly traceId: string
  /** What policy decided on, as it was then; absent before the decision. */
  readonly resource?: Resource
  /** What the asking plugin may be shown at most; absent for people. Rows beyond it are left out by the handler. */
  readonly ceilings?: Ceilings
  readonly read: Reader
  readonly signal: AbortSignal
  /** Adds facts to the receipt's subject. */
  subject(facts: Subject): void
  /** Adds to the receipt's counts: rows delivered, calls made, CPU used. */
  count(counts: Partial<Counts>): void
  /** Marks where the data stands: TLP, PAP, licences. */
  place(facts: { tlp?: string; pap?: string; licences?: readonly string[] }): void
  /** The price of this operation beyond its nested calls; settled by the gate. */
  charge(micros: bigint): void
  /** What the receipt's output part commits to, where it is not the answer itself (a file made after the commit, say). */
  output(digest: { readonly sha256: string; readonly bytes: number }): void
  /** The sandbox level that this operation's guest code had. */
  level(level: 'development' | 'reduced' | 'full'): void
  /** Says who an anonymous caller turned out to be, so that the receipt is theirs. Nobody else can become another. */
  identified(actor: Actor): void
  /** Performs another operation through the gate, as the same actor or as a plugin on the actor's behalf. */
  perform(
    operation: string,
    input: unknown,
    options?: { via?: Via; signal?: AbortSignal },
  ): Promise<Performed>
  /** Runs once the transaction is durable; never when it is rolled back. */
  afterCommit(work: () => void): void
}

export interface WriteContext extends Context {
  readonly tx: Tx
}

/** What the gate answers its callers. */
export interface Performed {
  readonly outcome: Outcome<unknown>
  /** Whose data was asked for; absent for an unknown caller. For shares of what a surface has little of, never for access. */
  readonly organisation?: OrganisationId
  /** Absent where the operation leaves no receipt: a permitted read by a person, an unknown caller. */
  readonly receiptId?: ReceiptId
  /** True when an idempotency key brought back an earlier answer. */
  readonly replayed?: boolean
  readonly costMicros: bigint
  readonly wallMicros: number
  readonly rows: number
  /** Where the data of the answer stands; absent where an earlier answer was brought back. */
  readonly place?: { readonly tlp?: string; readonly licences: readonly string[] }
}

type HandlerOutcome<S extends OperationSpec> = Outcome<
  OutputOf<S>,
  DenialsOf<S> extends never ? Denial<never> : DenialsOf<S>
>
type ResourceOf<S extends OperationSpec> = (
  ctx: Context,
  input: InputOf<S>,
) => Promise<Outcome<Resource, DenialsOf<S> extends never ? Denial<never> : DenialsOf<S>>>

export interface ReadHandler<S extends OperationSpec> {
  /** Looked up before policy decides; the actor's organisation when left out. */
  readonly resource?: ResourceOf<S>
  run(ctx: Context, input: InputOf<S>): Promise<HandlerOutcome<S>>
}

export interface WriteHandler<S extends OperationSpec, P = undefined> {
  readonly resource?: ResourceOf<S>
  /** Slow or non-SQL work before the transaction: verifying bytes, storing a blob. Must be harmless when repeated. */
  prepare?(
    ctx: Context,
    input: InputOf<S>,
  ): Promise<Outcome<P, DenialsOf<S> extends never ? Denial<never> : DenialsOf<S>>>
  /** Nothing but SQL through `ctx.tx`. A denial rolls everything back except its receipt. */
  run(ctx: WriteContext, input: InputOf<S>, prepared: P): Promise<HandlerOutcome<S>>
}

export interface ExternalHandler<S extends OperationSpec, B = undefined> {
  readonly resource?: ResourceOf<S>
  /** Upper bound of the cost in micros; reserved before, settled after. Nothing is reserved when left out. */
  estimate?(ctx: Context, input: InputOf<S>): Promise<bigint>
  /** Rows written together with the intent; what it answers reaches `run`. */
  begin?(
    ctx: WriteContext,
    input: InputOf<S>,
  ): Promise<Outcome<B, DenialsOf<S> extends never ? Denial<never> : DenialsOf<S>>>
  /** The effect itself. `apply` is written together with the outcome's receipt, whether value or denial. */
  run(
    ctx: Context,
    input: InputOf<S>,
    begun: B,
  ): Promise<{ readonly outcome: HandlerOutcome<S>; apply?(tx: Tx): Promise<void> }>
  /** Finishes the answer once the outcome is durable, such as a file that holds its own receipt. */
  complete?(
    value: OutputOf<S>,
    done: { readonly receiptId: ReceiptId; readonly organisation: string },
  ): Promise<OutputOf<S>>
  /** Rows to write together with the receipt of a refusal that came before `begin` or from it. */
  refused?(
    tx: Tx,
    refusal: {
      readonly input: InputOf<S>
      readonly denial: Denial
      readonly organisation: string
      readonly user: string
      readonly at: number
    },
  ): Promise<void>
  /** After a crash or a fault: rows to mend together with the `unknown` outcome of the intent `receiptId`. */
  recover?(
    tx: Tx,
    intent: { readonly receiptId: ReceiptId; readonly organisation: string; readonly at: number },
  ): Promise<void>
}

/** A handler bound to its operation; made by {@link handleRead}, {@link handleWrite}, {@link handleExternal}. */
export type Registration =
  | { readonly effect: 'read'; readonly spec: OperationSpec; readonly handler: ReadHandler<OperationSpec> }
  | {
      readonly effect: 'write'
      readonly spec: OperationSpec
      readonly handler: WriteHandler<OperationSpec, unknown>
    }
  | {
      readonly effect: 'external'
      readonly spec: OperationSpec
      readonly handler: ExternalHandler<OperationSpec, unknown>
    }

// The gate calls a handler only with input that its own schema parsed, so forgetting the type here is sound.
export function handleRead<S extends OperationSpec & { effect: 'read' }>(
  spec: S,
  handler: ReadHandler<S>,
): Registration {
  return { effect: 'read', spec, handler: handler as unknown as ReadHandler<OperationSpec> }
}
export function handleWrite<S extends OperationSpec & { effect: 'write' }, P = undefined>(
  spec: S,
  handler: WriteHandler<S, P>,
): Registration {
  return { effect: 'write', spec, handler: handler as unknown as WriteHandler<OperationSpec, unknown> }
}
export function handleExternal<S extends OperationSpec & { effect: 'external' }, B = undefined>(
  spec: S,
  handler: ExternalHandler<S, B>,
): Registration {
  return { effect: 'external', spec, handler: handler as unknown as ExternalHandler<OperationSpec, unknown> }
}

/** The operation of that name, with its literal types. */
export function operationOf<N extends OperationName>(name: N): OperationByName<N> {
  const spec = findOperation(name)
  if (spec === undefined) throw new Error(`The catalogue has no operation ${name}.`)
  return spec as OperationByName<N>
}
