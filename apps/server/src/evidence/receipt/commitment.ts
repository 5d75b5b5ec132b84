import { hash } from 'node:crypto'

const tag = Buffer.from('switchboard/part/v1\0', 'latin1')
const saltAt = tag.length + 1
const valueAt = saltAt + 32

// One scratch buffer for all: nothing here awaits, so no two commitments are ever in it at once.
let scratch = Buffer.alloc(16_384)
tag.copy(scratch)

/**
 * Writes SHA256(tag ‖ 0 ‖ part ‖ salt ‖ value) into `target`.
 *
 * @param writeSalt puts 32 bytes at the given offset of the given buffer.
 * @param json canonical JSON of the part.
 */
export function writeCommitment(
  target: Buffer,
  offset: number,
  part: number,
  json: string,
  writeSalt: (scratch: Buffer, offset: number) => void,
): void {
  const needed = valueAt + json.length * 3
  if (needed > scratch.length) {
    scratch = Buffer.alloc(needed)
    tag.copy(scratch)
  }
  scratch[tag.length] = part
  writeSalt(scratch, saltAt)
  const end = valueAt + scratch.write(json, valueAt, 'utf8')
  target.write(hash('sha256', scratch.subarray(0, end), 'binary'), offset, 'binary')
}
