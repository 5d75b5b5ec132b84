import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef } from 'react'

/**
 * What an act has come to, for as long as this page of the browser lives: somebody who looks at a receipt and comes back
 * finds it as it was, and what is under way goes on meanwhile. It lies with everything else that was read, and goes with it.
 */
export function useKept<T>(name: string, initial: T): readonly [T, (change: (before: T) => T) => void] {
  const queries = useQueryClient()
  const { data } = useQuery<T>({
    queryKey: ['start', name],
    queryFn: skipToken,
    initialData: initial,
    gcTime: Infinity,
    structuralSharing: false,
  })
  const first = useRef(initial)
  const change = useCallback(
    (next: (before: T) => T) =>
      void queries.setQueryData<T>(['start', name], (before) => next(before ?? first.current)),
    [queries, name],
  )
  return [data ?? initial, change]
}
