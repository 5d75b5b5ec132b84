import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../kernel/fault.ts'

const nodeFiles = { mkdir, open, readdir, rename, rm, stat }
/** The calls of node:fs/promises that blocks are kept with; tests give others that fail. */
export type FileCalls = typeof nodeFiles

const nameForm = /^[0-9]+-[0-9]+-[0-9]+-[0-9a-f]{16}\.block$/
const temporaryForm = /\.block\.[0-9a-f-]{36}$/

/**
 * Files of blocks in a folder of their own. A file is there whole or not at all, and never changes: a block that is
 * written anew has another name.
 */
export function createBlockFiles(folder: string, files: FileCalls = nodeFiles) {
  const pathOf = (name: string): string => join(folder, name)

  return {
    folder,
    /** Durable when it resolves, its name in the folder included. */
    async write(name: string, bytes: Uint8Array): Promise<void> {
      await files.mkdir(folder, { recursive: true, mode: 0o700 })
      const temporary = `${pathOf(name)}.${randomUUID()}`
      try {
        {
          await using file = await files.open(temporary, 'wx', 0o600)
          await file.writeFile(bytes)
          await file.sync()
        }
        await files.rename(temporary, pathOf(name))
        await using parent = await files.open(folder, 'r')
        await parent.sync()
      } catch (error) {
        // A disk that is full or read-only may refuse this too: what stays is swept at the next start.
        await files.rm(temporary, { force: true }).catch(() => undefined)
        throw error
      }
    },
    /** @throws {Fault} `block_missing`. */
    async read(name: string, offset: number, length: number): Promise<Buffer> {
      const bytes = Buffer.alloc(length)
      let read = 0
      try {
        await using file = await files.open(pathOf(name), 'r')
        while (read < length) {
          const { bytesRead } = await file.read(bytes, read, length - read, offset + read)
          if (bytesRead === 0) break
          read += bytesRead
        }
      } catch (cause) {
        throw new Fault(
          'block_missing',
          `The evidence block ${name} in ${folder} cannot be read: ${String(cause)}. ` +
            'Put the file back from a backup of the data folder; its receipts are nowhere else.',
          { retryable: false, cause },
        )
      }
      return bytes.subarray(0, read)
    },
    async delete(name: string): Promise<void> {
      await files.rm(pathOf(name), { force: true })
    },
    /** Names of blocks, and of what a write that was interrupted has left, with the time each was last written. */
    async list(): Promise<readonly { readonly name: string; readonly writtenAt: number }[]> {
      const names = await files.readdir(folder).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
        throw error
      })
      const found: { name: string; writtenAt: number }[] = []
      for (const name of names) {
        if (!nameForm.test(name) && !temporaryForm.test(name)) continue
        const about = await files.stat(pathOf(name)).catch(() => undefined)
        if (about !== undefined) found.push({ name, writtenAt: about.mtimeMs })
      }
      return found
    },
  }
}
export type BlockFiles = ReturnType<typeof createBlockFiles>
