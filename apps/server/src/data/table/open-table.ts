import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type BuiltColumns, buildColumns } from './build-columns.ts'
import { indexIdentity, readIndex, writeIndex } from './index-file.ts'
import type { TableProblem } from './read-csv.ts'
import { Table } from './table.ts'
import { manifestProblem, type TableManifest } from './table-manifest.ts'

export interface TableSource {
  /** Path of the CSV file, or its bytes. */
  readonly csv: string | Uint8Array
  /** Hex SHA-256 of the CSV when the caller has just verified it; saves reading the file when an index fits. */
  readonly csvSha256?: string
  /** Where the binary index is kept; without it nothing is cached. */
  readonly indexPath?: string
}

export type OpenedTable =
  | { readonly ok: true; readonly table: Table; readonly from: 'csv' | 'index' }
  | { readonly ok: false; readonly problem: TableProblem }

/**
 * Opens the table of a data package, from its index when there is one that fits and from the CSV otherwise.
 *
 * A table that breaks a rule is an answer, naming the line; a disk that fails is thrown.
 */
export async function openTable(source: TableSource, manifest: TableManifest): Promise<OpenedTable> {
  const wrong = manifestProblem(manifest)
  if (wrong !== null) return { ok: false, problem: { code: 'manifest_invalid', line: 0, detail: wrong } }

  let csv = typeof source.csv === 'string' ? null : source.csv
  const csvBytes = async () => (csv ??= await readFile(source.csv as string))
  const digest =
    source.csvSha256 ??
    createHash('sha256')
      .update(await csvBytes())
      .digest('hex')
  const identity = indexIdentity(digest, manifest)

  if (source.indexPath !== undefined) {
    const stored = await readIndex(source.indexPath, identity, manifest)
    if (stored !== null) return opened(stored, manifest, 'index')
  }
  const built = await buildColumns(await csvBytes(), manifest)
  if ('problem' in built) return { ok: false, problem: built.problem }
  if (source.indexPath !== undefined) await writeIndex(source.indexPath, identity, built)
  return opened(built, manifest, 'csv')
}

function opened(built: BuiltColumns, manifest: TableManifest, from: 'csv' | 'index'): OpenedTable {
  return { ok: true, table: new Table(built, manifest), from }
}
