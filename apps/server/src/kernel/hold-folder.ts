import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { holdFile } from './db/index.ts'
import { Fault } from './fault.ts'

/**
 * Holds a data folder for this process: two servers in one folder would sign two logs. The hold ends with the process,
 * however it ends.
 *
 * @throws {Fault} `data_in_use`.
 */
export function holdFolder(folder: string): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const held = holdFile(join(folder, 'in-use'))
  if (held === undefined) {
    throw new Fault(
      'data_in_use',
      `Another server runs on ${folder}. Stop it, or choose another folder with SWITCHBOARD_DATA.`,
      { retryable: true },
    )
  }
  return held
}
