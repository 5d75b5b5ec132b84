const listeners = new Set<() => void>()

/** Says that the server no longer knows this browser. The page stays as it is: nothing typed is lost. */
export function sessionEnded(): void {
  for (const listener of listeners) listener()
}

export function onSessionEnded(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
