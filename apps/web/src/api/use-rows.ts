import { useInfiniteQuery } from '@tanstack/react-query'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { Answer, ClientFault, InputOf, OperationByName, OperationName } from '@switchboard/api'
import { client } from './client.ts'
import { sessionEnded } from './session-ended.ts'

/** The operations that answer page by page: `cursor` in, `rows` and `next` out. */
export type PagedOperation = {
  [N in OperationName]: 'cursor' extends keyof InputOf<OperationByName<N>> ? N : never
}[OperationName]

/** Asks for rows, page after page, as somebody wants more of them. */
export function useRows<N extends PagedOperation>(
  operation: N,
  input: Omit<InputOf<OperationByName<N>>, 'cursor'>,
  { refreshMs }: { readonly refreshMs?: number } = {},
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
    ...(refreshMs === undefined ? {} : { refetchInterval: refreshMs }),
    queryFn: async ({ signal, pageParam }) => {
      const asked = { ...input, ...(pageParam === undefined ? {} : { cursor: pageParam }) }
      const answer = await client.perform(operation, asked as InputOf<OperationByName<N>>, { signal })
      if (!answer.ok && answer.denial.code === 'unauthenticated') sessionEnded()
      return answer
    },
    getNextPageParam: (last) => (last.ok ? (last.value as { next?: string }).next : undefined),
  })
}
