import { useEffect, useRef } from 'react'
import { areSingleKeysOn } from '../../app/single-keys.ts'
import { isTyping } from '../../app/use-shortcuts.ts'

const goesSomewhereMs = 1_200

/** What each key does; one that does nothing here is left out. */
type ReviewKeys = Readonly<Partial<Record<'j' | 'k' | 'Enter' | 'a' | 'd' | 'e' | '?', () => void>>>

/**
 * Single keys for reviewing. They are the page's only while they are on, nobody types, no dialog is open, and the
 * key before was not `g`, which goes to another area.
 */
export function useReviewKeys(keys: ReviewKeys): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    let goUntil = 0
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (!areSingleKeysOn()) return
      if (isTyping(event.target) || document.querySelector('[role="dialog"]') !== null) return
      if (event.timeStamp < goUntil) {
        goUntil = 0
        return
      }
      if (event.key === 'g') goUntil = event.timeStamp + goesSomewhereMs
      // A focused link or button has Enter for itself.
      if (
        event.key === 'Enter' &&
        event.target instanceof Element &&
        event.target.closest('a, button, [role="button"], [role="combobox"]')
      )
        return
      const act = latest.current[event.key as keyof ReviewKeys]
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
