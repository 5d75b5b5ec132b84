import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Database } from '../kernel/db/index.ts'
import type { ResidueScan } from './uninstall-plugin.ts'

/**
 * Looks for words in every byte of the data folder (the embedded database with its journal included) and, where the
 * store is a server, in every column of every table.
 */
export function createResidueScan(deps: { database: Database; folder: string }): ResidueScan {
  return async (words) => {
    // Freed pages and the write-ahead log still hold what was deleted until they are written over.
    await deps.database.scrub()
    const needles = words.map((word) => Buffer.from(word))
    const residue: { where: string; what: string }[] = []
    let files = 0
    let bytes = 0
    for (const path of await filesBelow(deps.folder)) {
      files += 1
      const found = await searchFile(path, needles)
      bytes += found.bytes
      for (const word of found.words) residue.push({ where: relative(deps.folder, path), what: word })
    }
    const tables = await deps.database.searchTables(words)
    for (const { table, word } of tables.found) residue.push({ where: `table ${table}`, what: word })
    return { residue, scanned: { tables: tables.searched, files, bytes } }
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function searchFile(
  path: string,
  needles: readonly Buffer[],
): Promise<{ bytes: number; words: readonly string[] }> {
  const longest = Math.max(1, ...needles.map((needle) => needle.byteLength))
  const found = new Set<string>()
  let bytes = 0
  let tail = Buffer.alloc(0)
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const block = Buffer.concat([tail, chunk as Buffer])
      for (const needle of needles) if (block.includes(needle)) found.add(needle.toString())
      bytes += (chunk as Buffer).byteLength
      // A word may lie across two chunks.
      tail = block.subarray(Math.max(0, block.byteLength - longest + 1))
    }
  } catch (error) {
    // A temporary file that went while we looked holds nothing any more.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  return { bytes, words: [...found] }
}
