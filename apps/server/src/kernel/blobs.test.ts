import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createFileBlobs } from './blobs.ts'
import { sha256Hex } from './canonical.ts'

async function blobsIn(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-blobs-'))
  t.after(() => rm(folder, { recursive: true }))
  const files = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  return { blobs: createFileBlobs(folder), files }
}

test('what was put comes back under its own digest, and putting it again is putting it once', async (t) => {
  const { blobs, files } = await blobsIn(t)
  const bytes = Buffer.from('some bytes')
  const names = await Promise.all(Array.from({ length: 8 }, () => blobs.put(bytes)))
  assert.deepEqual([...new Set(names)], [sha256Hex(bytes)])
  assert.deepEqual(Buffer.from(await blobs.get(names[0] as string)), bytes)
  const [file, ...more] = await files()
  assert.deepEqual(more, [])
  assert.equal((await stat(file as string)).mode & 0o077, 0)
  assert.deepEqual(Buffer.from(await blobs.get(await blobs.put(new Uint8Array()))), Buffer.alloc(0))
})

test('a blob that is gone, cut or altered is a fault, never other bytes', async (t) => {
  const { blobs, files } = await blobsIn(t)
  const name = await blobs.put(Buffer.from('some bytes'))
  const [file] = await files()
  for (const damaged of ['some bytez', 'some byte', '']) {
    await writeFile(file as string, damaged)
    await assert.rejects(() => blobs.get(name), { name: 'Fault', code: 'blob_damaged' })
  }
  // Putting the true bytes again mends it.
  await blobs.put(Buffer.from('some bytes'))
  assert.equal((await readFile(file as string)).toString(), 'some bytes')
  await blobs.delete(name)
  await blobs.delete(name)
  await assert.rejects(() => blobs.get(name), { name: 'Fault', code: 'blob_missing' })
})
