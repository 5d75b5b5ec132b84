import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

/**
 * One search parameter of the address, as state: filters, rows and tabs live there, so that back, forward and a link work.
 * Setting it to the fallback takes it out of the address.
 *
 * @param replace while somebody types each letter would otherwise be a step back.
 */
export function useUrlState(
  name: string,
  fallback = '',
  { replace = false }: { readonly replace?: boolean } = {},
): readonly [string, (value: string) => void] {
  const [params, setParams] = useSearchParams()
  const set = useCallback(
    (value: string) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before)
          if (value === fallback) after.delete(name)
          else after.set(name, value)
          return after
        },
        { replace, preventScrollReset: true },
      ),
    [name, fallback, replace, setParams],
  )
  return [params.get(name) ?? fallback, set]
}
