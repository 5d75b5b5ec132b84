import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a whole file or none: a temporary file beside it, synced, then renamed over it. */
export async function writeFileAtomically(
  file: string,
  data: Uint8Array | string,
  mode = 0o644,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o755 })
  const temporary = `${file}.${randomUUID()}.tmp`
  try {
    const handle = await open(temporary, 'wx', mode)
    try {
      await handle.writeFile(data)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
