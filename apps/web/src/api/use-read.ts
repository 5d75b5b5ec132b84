import { useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import type { Answer, ClientFault, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { client } from './client.ts'
import { sessionEnded } from './session-ended.ts'

export interface ReadOptions {
  /** False while something that the input needs is not known yet. */
  readonly when?: boolean
  readonly refreshMs?: number
}

/**
 * Asks the server and keeps the answer. A denial is an answer like any other (`data.ok === false`); `error` is a
 * {@link ClientFault}, when the server could not be reached or failed.
 */
export function useRead<N extends OperationName>(
  operation: N,
  input: InputOf<OperationByName<N>>,
  { when = true, refreshMs }: ReadOptions = {},
): UseQueryResult<Answer<N>, ClientFault> {
  return useQuery<Answer<N>, ClientFault>({
    queryKey: [operation, input],
    enabled: when,
    ...(refreshMs === undefined ? {} : { refetchInterval: refreshMs }),
    queryFn: async ({ signal }) => {
      const answer = await client.perform(operation, input, { signal })
      if (!answer.ok && answer.denial.code === 'unauthenticated') sessionEnded()
      return answer
    },
  })
}
