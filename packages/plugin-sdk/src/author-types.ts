import { readFile } from 'node:fs/promises'

const globals = `
declare global {
  /** Lines of the run's log. */
  var console: { log(...parts: readonly unknown[]): void; error(...parts: readonly unknown[]): void }
  function setTimeout(action: () => void, delayMs?: number): number
  function clearTimeout(timer: number): void
}
`

/**
 * The text of a `switchboard.d.ts` for an author's folder: the types of `args` and `api`, and the few globals that the sandbox
 * has besides the language. A copy, so that a folder type-checks wherever it lies and says which version it was written for.
 */
export async function authorTypes(): Promise<string> {
  const types = await readFile(new URL('./plugin-api.ts', import.meta.url), 'utf8')
  return `// Written by switchboard plugin init. Not packed. Run it with --types to write this file anew.\n${types}${globals}`
}
