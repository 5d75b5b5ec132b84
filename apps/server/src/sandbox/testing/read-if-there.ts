import { readFileSync } from 'node:fs'

/** A file of `/proc`; empty when its process is gone, also when it goes between the look and the read. */
export function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
