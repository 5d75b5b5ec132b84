import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sha256Hex } from './canonical.ts'
import { Fault } from './fault.ts'

/** Bytes kept under their own SHA-256: putting twice is putting once, and what comes back is what was put. */
export interface Blobs {
  /** Durable when it resolves. */
  put(bytes: Uint8Array): Promise<string>
  /** @throws {Fault} `blob_missing` or `blob_damaged`. */
  get(sha256: string): Promise<Uint8Array>
  delete(sha256: string): Promise<void>
}

/** Blobs as files below `folder`, written beside and renamed so that a crash leaves none half there. */
export function createFileBlobs(folder: string): Blobs {
  const pathOf = (sha256: string): string => join(folder, sha256.slice(0, 2), sha256)
  return {
    async put(bytes) {
      const sha256 = sha256Hex(bytes)
      const path = pathOf(sha256)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const temporary = `${path}.${randomUUID()}`
      await using file = await open(temporary, 'wx', 0o600)
      await file.writeFile(bytes)
      await file.sync()
      await rename(temporary, path)
      await using parent = await open(dirname(path), 'r')
      await parent.sync()
      return sha256
    },
    async get(sha256) {
      const bytes = await readFile(pathOf(sha256)).catch((cause: unknown) => {
        throw new Fault('blob_missing', `The stored file ${sha256} cannot be read.`, {
          retryable: false,
          cause,
        })
      })
      if (sha256Hex(bytes) !== sha256) {
        throw new Fault('blob_damaged', `The stored file ${sha256} no longer has that digest.`, {
          retryable: false,
        })
      }
      return bytes
    },
    async delete(sha256) {
      await rm(pathOf(sha256), { force: true })
    },
  }
}
