import { useSyncExternalStore } from 'react'

/**
 * Whether keys without Ctrl or ⌘ do something on a page. Who speaks to a machine, or presses keys without meaning to, turns them
 * off. It is about this browser rather than about a person, so it outlives signing out.
 */
const name = 'switchboard.single-keys'
const listeners = new Set<() => void>()
/** What was chosen here, for browsers that keep nothing. */
let chosen: boolean | undefined

export function areSingleKeysOn(): boolean {
  if (chosen !== undefined) return chosen
  try {
    return localStorage.getItem(name) !== 'off'
  } catch {
    return true
  }
}

export function turnSingleKeys(on: boolean): void {
  chosen = on
  try {
    if (on) localStorage.removeItem(name)
    else localStorage.setItem(name, 'off')
  } catch {
    // It holds for this page all the same.
  }
  for (const listener of listeners) listener()
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(subscribe, areSingleKeysOn)
}

function subscribe(listener: () => void): () => void {
  const elsewhere = (event: StorageEvent) => {
    if (event.key !== name) return
    chosen = undefined
    listener()
  }
  listeners.add(listener)
  window.addEventListener('storage', elsewhere)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', elsewhere)
  }
}
