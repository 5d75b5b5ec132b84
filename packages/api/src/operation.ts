import type { Static, TObject, TSchema } from 'typebox'
import type { DenialOf, DenialTable } from './denial.ts'
import type { Outcome } from './outcome.ts'

/**
 * How an operation touches the world, which decides how the gate records it:
 * - `read`: no effect. Receipted when a plugin asks or when it is denied.
 * - `write`: one SQL transaction holds the change, the meters and the receipt.
 * - `external`: something SQL cannot hold (a plugin run, a file). An intent is committed first, an outcome after.
 */
export type Effect = 'read' | 'write' | 'external'

export interface RestBinding {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `{name}` segments are taken from the input field of that name. */
  readonly path: `/${string}`
}

export interface GraphqlBinding {
  readonly kind: 'query' | 'mutation'
  readonly field: string
  /** Input field → GraphQL argument, where the two differ. */
  readonly arguments?: Readonly<Record<string, string>>
  /** Input fields left out of GraphQL. */
  readonly omit?: readonly string[]
  /** The output field returned bare, when the field's type is a scalar. */
  readonly scalar?: string
}

export interface CliBinding {
  /** Words after `switchboard`, such as `plugin install`. */
  readonly command: string
  /** Input fields that are positional, in order. */
  readonly positional?: readonly string[]
  /** Input fields given as a file's path; the command sends its bytes in base64. */
  readonly files?: readonly string[]
  /** Output field (base64) that `--out FILE` writes; dots lead into nested fields. */
  readonly out?: string
  /** Output field whose text is printed alone and as it is, where the answer holds it: for a pipe into another program. */
  readonly text?: string
  /** Path of the server-sent events that `--follow` reads instead; segments in braces as in `rest`. */
  readonly follow?: `/${string}`
  /** `--out` may be left out, because the answer need not hold the field. */
  readonly outOptional?: true
  /** Input fields that come from standard input or a file alone: what is typed is seen by other users of the machine. */
  readonly secrets?: readonly string[]
  /** Answers that end the command with an exit code of their own: the output field, and codes by its value. */
  readonly exit?: { readonly field: string; readonly codes: Readonly<Record<string, number>> }
}

export interface OperationSpec<
  N extends string = string,
  E extends Effect = Effect,
  I extends TObject = TObject,
  O extends TSchema = TSchema,
  D extends DenialTable = DenialTable,
> {
  /** `noun.verb`; also the Cedar action and the receipt's `subject.operation`. */
  readonly name: N
  readonly summary: string
  readonly description: string
  readonly effect: E
  readonly input: I
  readonly output: O
  /** What this operation itself may answer no with; the gate's own denials apply to all. */
  readonly denials: D
  /** Granted scope a plugin needs to reach this operation, such as `read:graph`, or all of several; absent: plugins cannot. */
  readonly capability?: string | CapabilityOf<I>
  /** The answer holds a secret shown once, so it is never stored and idempotency keys are refused. */
  readonly secretOutput?: true
  /**
   * Input fields that hold a secret. The receipt's digest is made without them, since a digest of something short can be
   * guessed; the input is never parked for a review, and idempotency keys, which keep a digest too, are refused.
   */
  readonly secretInput?: readonly string[]
  /** Only `sign-in` style operations may be performed by nobody in particular. */
  readonly anonymous?: true
  readonly rest?: RestBinding
  readonly graphql?: GraphqlBinding
  readonly cli?: CliBinding
}

// A method, so that an operation with a narrower input still is an operation.
type CapabilityOf<I extends TObject> = { of(input: Static<I>): string | readonly string[] }['of']

export type InputOf<S extends OperationSpec> = Static<S['input']>
export type OutputOf<S extends OperationSpec> = Static<S['output']>
export type DenialsOf<S extends OperationSpec> = DenialOf<S['denials']>
export type OutcomeOf<S extends OperationSpec> = Outcome<OutputOf<S>, DenialsOf<S>>

/** Declares one operation, keeping its literal types. */
export function operation<
  const N extends string,
  const E extends Effect,
  const I extends TObject,
  const O extends TSchema,
  const D extends DenialTable,
>(spec: OperationSpec<N, E, I, O, D>): OperationSpec<N, E, I, O, D> {
  return spec
}
