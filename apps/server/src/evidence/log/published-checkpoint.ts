import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from './atomic-file.ts'
import type { Checkpoint } from './checkpoint.ts'

/**
 * The newest checkpoint as a file beside the tiles, as C2SP tlog-tiles lays a log out. Never ahead of the store, so a
 * store that is behind it has been put back to an earlier day.
 */
export function createPublishedCheckpoint(folder: string, onFault: (cause: unknown) => void) {
  const file = join(folder, 'checkpoint')
  let next: Checkpoint | undefined
  let writing: Promise<void> | undefined

  async function write(after: () => Promise<void>): Promise<void> {
    // While one is written others come: only the newest of them is worth a file.
    for (let current = next; current !== undefined; current = next) {
      await after()
      await writeFileAtomically(file, current.note)
      if (next === current) next = undefined
    }
  }

  return {
    file,
    /** The note in the file; empty when there is none. */
    read: (): Promise<string> => readFile(file, 'utf8').catch(() => ''),
    /** @param after the tiles that the checkpoint refers to are files by then. */
    publish(checkpoint: Checkpoint, after: () => Promise<void>): void {
      next = checkpoint
      writing ??= write(after)
        .catch(onFault)
        .finally(() => {
          writing = undefined
        })
    },
    async written(): Promise<void> {
      await writing
    },
  }
}
