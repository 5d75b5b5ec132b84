import { createInflateRaw, crc32 } from 'node:zlib'
import type { Inflated } from './inflate.ts'

export async function nodeInflate(
  deflated: Uint8Array,
  take: (chunk: Uint8Array) => void,
): Promise<Inflated> {
  const inflater = createInflateRaw({ chunkSize: 64 * 1024 })
  let crc = 0
  let size = 0
  try {
    inflater.end(deflated)
    for await (const chunk of inflater) {
      take(chunk)
      crc = crc32(chunk, crc)
      size += chunk.length
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const consumed = inflater.bytesWritten
    if (code === 'Z_BUF_ERROR') return { ok: false, why: 'cut_short', consumed }
    if (code === 'Z_DATA_ERROR') return { ok: false, why: 'damaged', consumed }
    throw error
  } finally {
    inflater.destroy()
  }
  return { ok: true, consumed: inflater.bytesWritten, crc, size }
}
