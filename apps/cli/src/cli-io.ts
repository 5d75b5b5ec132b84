import { buffer } from 'node:stream/consumers'

/** All that the command touches of the world. */
export interface CliIo {
  readonly stdout: { write(text: string): unknown; readonly columns?: number }
  readonly stderr: { write(text: string): unknown }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly fetch: typeof globalThis.fetch
  /** Everything on standard input. */
  stdin(): Promise<Uint8Array>
}

export function processIo(): CliIo {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    fetch: globalThis.fetch,
    stdin: () => buffer(process.stdin),
  }
}
