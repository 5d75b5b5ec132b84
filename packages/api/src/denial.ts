/** Why an operation was refused, by kind. Surfaces map it to a status; programs switch on the code instead. */
export type DenialCategory =
  | 'unauthenticated'
  | 'forbidden'
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'over_limit'
  | 'approval_required'
  | 'failed'
  | 'unavailable'

/** Plain JSON facts; money travels as a decimal string of micros. */
export type DenialParams = Readonly<Record<string, unknown>>

/**
 * One row of a denial table.
 *
 * `message` names the thing and the rule, `change` says what would turn the "no" into a "yes".
 * `example` feeds the reference page and the test that renders every message.
 */
export interface DenialSpec<P extends DenialParams = DenialParams> {
  readonly category: DenialCategory
  readonly example: P
  message(params: P): string
  change(params: P): string
}

// The parameter positions of a table's functions are contravariant, so a table of specs is `any` in that one place.
// oxlint-disable-next-line typescript/no-explicit-any
export type DenialTable = Readonly<Record<string, DenialSpec<any>>>

export type DenialParamsOf<S> = S extends DenialSpec<infer P> ? P : never

/** A refusal as a value. Codes are public API: they are added, never renamed. */
export interface Denial<C extends string = string, P extends DenialParams = DenialParams> {
  readonly code: C
  readonly category: DenialCategory
  readonly params: P
  readonly message: string
  readonly change: string
}

/** Every denial a table can produce, as a union over its codes. */
export type DenialOf<T extends DenialTable> = {
  [C in keyof T & string]: Denial<C, DenialParamsOf<T[C]>>
}[keyof T & string]

/** Types one row, so that `message` and `change` know their parameters. */
export function denial<P extends DenialParams>(spec: DenialSpec<P>): DenialSpec<P> {
  return spec
}

/** Builds the refusal `code` of `table`; the compiler checks code and parameters. */
export function deny<T extends DenialTable, C extends keyof T & string>(
  table: T,
  code: C,
  params: DenialParamsOf<T[C]>,
): { readonly ok: false; readonly denial: Denial<C, DenialParamsOf<T[C]>> } {
  const spec = table[code] as DenialSpec<DenialParamsOf<T[C]>>
  return {
    ok: false,
    denial: {
      code,
      category: spec.category,
      params,
      message: spec.message(params),
      change: spec.change(params),
    },
  }
}
