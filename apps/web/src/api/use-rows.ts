import { useInfiniteQuery } from '@tanstack/react-query'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { Answer, ClientFault, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { ask } from './ask.ts'

/** The operations that answer page by page: `cursor` in, `rows` and `next` out. */
export type PagedOperation = {
  [N in OperationName]: 'cursor' extends keyof InputOf<OperationByName<N>> ? N : never
}[OperationName]

/** Asks for rows, page after page, as somebody wants more of them. */
export function useRows<N extends PagedOperation>(
  operation: N,
  input: Omit<InputOf<OperationByName<N>>, 'cursor'>,
  {
    refreshMs,
  }: {
    /** How often, or how that follows from what was read. */
    readonly refreshMs?: number | ((pages: readonly Answer<N>[]) => number | false)
  } = {},
): UseInfiniteQueryResult<InfiniteData<Answer<N>>, ClientFault> {
  return useInfiniteQuery<
    Answer<N>,
    ClientFault,
    InfiniteData<Answer<N>>,
    readonly unknown[],
    string | undefined
  >({
    queryKey: [operation, 'pages', input],
    initialPageParam: undefined,
    refetchInterval: ({ state }) =>
      typeof refreshMs === 'function' ? refreshMs(state.data?.pages ?? []) : (refreshMs ?? false),
    queryFn: ({ signal, pageParam }) => {
      const asked = { ...input, ...(pageParam === undefined ? {} : { cursor: pageParam }) }
      return ask(operation, asked as InputOf<OperationByName<N>>, signal)
    },
    getNextPageParam: (last) => (last.ok ? (last.value as { next?: string }).next : undefined),
  })
}
