import { useEffect, useRef } from 'react'
import { useSearchParams } from 'react-router'
import type { Analysed } from './analyse.ts'
import { useKept } from './use-kept.ts'

const names = ['case', 'run', 'context'] as const

/**
 * The case and runs that this page is about: those of the address, so that it can be reloaded and linked to; without any,
 * those of the last text that was analysed here.
 */
export function useAnalysed(): readonly [Partial<Analysed>, (analysed: Analysed) => void] {
  const [params, setParams] = useSearchParams()
  const [kept, keep] = useKept<Analysed | undefined>('analysed', undefined)
  const shown = useRef(kept)
  const inAddress = params.get('case') ?? ''
  useEffect(() => {
    const isNew = shown.current !== kept
    shown.current = kept
    if (kept === undefined || kept.case === inAddress || (!isNew && inAddress !== '')) return
    setParams(
      (before) => {
        const after = new URLSearchParams(before)
        for (const name of names) after.set(name, kept[name])
        after.delete('at')
        return after
      },
      { replace: !isNew, preventScrollReset: true },
    )
  }, [kept, inAddress, setParams])
  const found = Object.fromEntries(
    names.flatMap((name) => {
      const value = params.get(name) ?? ''
      // Whatever an address says: only what looks like an id is asked for.
      return /^(?:case|run)_[0-9a-f]{32}$/.test(value) ? [[name, value]] : []
    }),
  )
  return [found, (analysed) => keep(() => analysed)]
}
