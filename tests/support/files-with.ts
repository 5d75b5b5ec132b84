import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The files below a folder that hold one of the words: our own search, byte by byte over everything that a server keeps
 * (database, its journal, caches, packages, log), with none of the product's scan.
 */
export async function filesWith(folder: string, words: readonly string[]): Promise<readonly string[]> {
  const needles = words.map((word) => Buffer.from(word))
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // A temporary file of a server that runs may be gone by now.
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0)
      throw error
    })
    if (needles.some((needle) => bytes.includes(needle))) found.push(path)
  }
  return found
}
