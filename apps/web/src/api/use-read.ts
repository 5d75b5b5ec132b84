import { queryOptions, useQueries, useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import type { Answer, ClientFault, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { ask } from './ask.ts'

const staleMs = 5_000

export interface ReadOptions {
  /** False while something that the input needs is not known yet. */
  readonly when?: boolean
  readonly refreshMs?: number
  /** Once an answer is final it is neither asked again nor compared: what ended stays as it is. */
  readonly isFinal?: (answer: { readonly ok: boolean; readonly value?: unknown }) => boolean
}

/**
 * Asks the server and keeps the answer. A denial is an answer like any other (`data.ok === false`); `error` is a
 * {@link ClientFault}, when the server could not be reached or failed, or the session ended: what was read before stays.
 */
export function useRead<N extends OperationName>(
  operation: N,
  input: InputOf<OperationByName<N>>,
  { when = true, refreshMs, isFinal = () => false }: ReadOptions = {},
): UseQueryResult<Answer<N>, ClientFault> {
  return useQuery<Answer<N>, ClientFault>({
    ...readOptions(operation, input),
    enabled: when,
    staleTime: ({ state }) => (state.data !== undefined && isFinal(state.data) ? 'static' : staleMs),
    refetchInterval: ({ state }) =>
      refreshMs === undefined || (state.data !== undefined && isFinal(state.data)) ? false : refreshMs,
  })
}

/** The same question for who asks several at once. */
export function readOptions<N extends OperationName>(operation: N, input: InputOf<OperationByName<N>>) {
  return queryOptions<Answer<N>, ClientFault>({
    queryKey: [operation, input],
    queryFn: ({ signal }) => ask(operation, input, signal),
  })
}

/** The same question about several things, each kept on its own. */
export function useReads<N extends OperationName>(
  operation: N,
  inputs: readonly InputOf<OperationByName<N>>[],
): readonly UseQueryResult<Answer<N>, ClientFault>[] {
  return useQueries({
    queries: inputs.map((input) => ({
      queryKey: [operation, input],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => ask(operation, input, signal),
    })),
    // Inferred without the name of the operation, which the answers keep.
  }) as UseQueryResult<Answer<N>, ClientFault>[]
}
