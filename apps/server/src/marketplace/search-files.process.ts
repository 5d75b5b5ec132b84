// A process of its own, started by residue-scan.ts: reads what to look for from standard input, writes what it found.
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { json } from 'node:stream/consumers'

/** What the process is told. */
export interface FileSearch {
  readonly folder: string
  readonly words: readonly string[]
}

/** What it answers. */
export interface FilesSearched {
  readonly residue: readonly { readonly where: string; readonly what: string }[]
  readonly files: number
  readonly bytes: number
}

const { folder, words } = (await json(process.stdin)) as FileSearch
process.stdout.write(JSON.stringify(await searchFiles(folder, words)))

async function searchFiles(below: string, wanted: readonly string[]): Promise<FilesSearched> {
  const needles = wanted.map((word) => Buffer.from(word))
  const residue: { where: string; what: string }[] = []
  let files = 0
  let bytes = 0
  for (const path of await filesBelow(below)) {
    files += 1
    const found = await searchFile(path, needles)
    bytes += found.bytes
    for (const word of found.words) residue.push({ where: relative(below, path), what: word })
  }
  return { residue, files, bytes }
}

async function filesBelow(below: string): Promise<readonly string[]> {
  const entries = await readdir(below, { recursive: true, withFileTypes: true })
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
