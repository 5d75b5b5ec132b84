import { useEffect, useRef } from 'react'
import { areas } from './areas.ts'
import { areSingleKeysOn } from './single-keys.ts'

const sequenceMs = 1_200

/** Ctrl+K or ⌘K opens the palette; `g` and then an area's key goes there, unless single keys are off. Not while somebody types. */
export function useShortcuts(act: { openPalette(): void; go(path: string): void }): void {
  const latest = useRef(act)
  latest.current = act
  useEffect(() => {
    let goUntil = 0
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        latest.current.openPalette()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (!areSingleKeysOn() || isTyping(event.target)) return
      if (event.timeStamp < goUntil) {
        goUntil = 0
        const area = areas.find(({ key }) => key === event.key)
        if (area !== undefined) latest.current.go(area.path)
        return
      }
      if (event.key === 'g') goUntil = event.timeStamp + sequenceMs
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

/** Whether keys belong to a field or a dialog rather than to the page. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest('input, textarea, select, [role="dialog"]') !== null)
  )
}
