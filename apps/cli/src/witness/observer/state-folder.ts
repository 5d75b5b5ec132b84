import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { holdFile } from '../../../../server/src/kernel/db/hold-file.ts'
import { WitnessRefused } from './witness-refused.ts'

/** What only a server's data folder holds. */
const serverMarks = ['evidence/keys/log.key', 'state/switchboard.db', 'cli.json']

/**
 * The real path of a folder that may hold a witness's state.
 *
 * @throws {WitnessRefused} `inside_data_folder`: whoever restores the server would set the witness back with it, and the
 * two would agree again.
 */
export function witnessFolder(path: string): string {
  const folder = realPathOf(resolve(path))
  for (let place = folder; ; place = dirname(place)) {
    const mark = serverMarks.find((name) => existsSync(join(place, name)))
    if (mark !== undefined) {
      const why = `restoring the server from a backup would set its witness back too`
      throw new WitnessRefused(
        'inside_data_folder',
        folder,
        `${place} is the data folder of a Switchboard server (it holds ${mark}), and ${why}. ` +
          'Give the witness a folder elsewhere, best on another machine.',
      )
    }
    if (place === dirname(place)) return folder
  }
}

/**
 * Holds the folder for this process: two witnesses over one state could each cosign another history.
 *
 * @throws {WitnessRefused} `state_in_use`.
 */
export function holdState(folder: string): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const held = holdFile(join(folder, 'in-use'))
  if (held !== undefined) return held
  throw new WitnessRefused('state_in_use', folder, 'Another witness serves from this folder. Stop it first.')
}

/** A symbolic link into a data folder is inside it, also when the last parts of the path are not there yet. */
function realPathOf(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const parent = dirname(path)
  return parent === path ? path : join(realPathOf(parent), basename(path))
}
