import type { Inflated } from './inflate.ts'

/** CRC-32 and size, which end a gzip file. */
const trailerBytes = 8

/**
 * Inflates with what browsers bring. Their stream does not say where it ended, so all but the trailer must be the stream: a
 * file that was cut short, or that has more behind its end, is damaged here, where Node tells these apart.
 */
export async function webInflate(deflated: Uint8Array, take: (chunk: Uint8Array) => void): Promise<Inflated> {
  const consumed = Math.max(0, deflated.length - trailerBytes)
  const body = new Blob([new Uint8Array(deflated.subarray(0, consumed))])
  const reader = body.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
  let crc = 0xffffffff
  let size = 0
  for (;;) {
    const read = await reader.read().catch(() => undefined)
    if (read === undefined) return { ok: false, why: 'damaged', consumed }
    if (read.done) break
    try {
      take(read.value)
    } catch (error) {
      // What was refused is not inflated further.
      await reader.cancel().catch(() => undefined)
      throw error
    }
    for (const byte of read.value) crc = (crcTable[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8)
    size += read.value.length
  }
  return { ok: true, consumed, crc: (crc ^ 0xffffffff) >>> 0, size }
}

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})
