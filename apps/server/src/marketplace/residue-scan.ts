import { spawn } from 'node:child_process'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Database } from '../kernel/db/index.ts'
import { Fault } from '../kernel/fault.ts'
import type { FilesSearched, FileSearch } from './search-files.process.ts'
import type { ResidueScan } from './uninstall-plugin.ts'

const program = fileURLToPath(new URL('./search-files.process.ts', import.meta.url))

/**
 * Looks for words in every byte of the data folder (the embedded database with its journal included) and, where the
 * store is a server, in every column of every table.
 *
 * @throws {Fault} `residue_scan_failed` from the scan
 */
export function createResidueScan(deps: { database: Database; folder: string }): ResidueScan {
  return async (words) => {
    // Freed pages and the write-ahead log still hold what was deleted until they are written over.
    await deps.database.scrub()
    const { residue, files, bytes } = await searchFiles({ folder: deps.folder, words })
    const tables = await deps.database.searchTables(words)
    const inTables = tables.found.map(({ table, word }) => ({ where: `table ${table}`, what: word }))
    return { residue: [...residue, ...inTables], scanned: { tables: tables.searched, files, bytes } }
  }
}

/**
 * In a process of its own. A process that closes any descriptor of a file loses all locks that it has on that file, and
 * among these files are the store's: whoever opened it next would take itself for the only one and remove the journal,
 * with all that was acknowledged since.
 */
async function searchFiles(search: FileSearch): Promise<FilesSearched> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  // By standard input: arguments are for everybody on this machine to read.
  child.stdin.on('error', () => {
    // It ended before it had read; its exit code says so.
  })
  child.stdin.end(JSON.stringify(search))
  try {
    const [found, exitCode] = await Promise.all([json(child.stdout), ended])
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}`)
    return found as FilesSearched
  } catch (cause) {
    throw new Fault(
      'residue_scan_failed',
      'The data folder could not be searched for what an uninstall left.',
      {
        retryable: true,
        cause,
      },
    )
  }
}
