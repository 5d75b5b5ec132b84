import { DatabaseSync } from 'node:sqlite'

/**
 * Takes a lock that the operating system gives back when the process ends; undefined when another process has it.
 * Node has no file locks of its own, but SQLite's are.
 */
export function holdFile(path: string): Disposable | undefined {
  const handle = new DatabaseSync(path)
  try {
    handle.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch {
    // The one reason for a busy file is a holder.
    handle.close()
    return undefined
  }
  return { [Symbol.dispose]: () => handle.close() }
}
