/**
 * `ended`: the server no longer knows this browser. `signed_out`: somebody left, here or in another tab, and nothing that
 * they saw may stay. `signed_in`: somebody came, perhaps somebody else.
 */
export type SessionChange = 'ended' | 'signed_out' | 'signed_in'

const listeners = new Set<(change: SessionChange) => void>()
const otherTabs = new BroadcastChannel('switchboard-session')
otherTabs.addEventListener('message', ({ data }) => {
  if (data === 'signed_out' || data === 'signed_in') tell(data)
})

function tell(change: SessionChange): void {
  for (const listener of listeners) listener(change)
}

/** The page stays as it is: nothing typed is lost. */
export function sessionEnded(): void {
  tell('ended')
}

/** Tells this tab and all others of this browser. */
export function sessionChanged(change: 'signed_out' | 'signed_in'): void {
  otherTabs.postMessage(change)
  tell(change)
}

export function onSessionChange(listener: (change: SessionChange) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
