import { hash } from 'node:crypto'

export const hashBytes = 32

// 'latin1' text and back: asking node:crypto for a buffer costs 1.1 µs, this way 0.6.
function sha256(data: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', data, 'binary'), 'binary')
}

const node = Buffer.alloc(1 + 2 * hashBytes, 1)

/** RFC 6962: the hash of a leaf, SHA256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Buffer {
  const leaf = Buffer.alloc(1 + entry.length)
  leaf.set(entry, 1)
  return sha256(leaf)
}

/** RFC 6962: the hash over two subtrees, SHA256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1)
  node.set(right, 1 + hashBytes)
  return sha256(node)
}

/** The root over as many hashes as a power of two. */
export function foldComplete(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes
  while (row.length > 1) {
    const above: Uint8Array[] = []
    for (let at = 0; at < row.length; at += 2) above.push(nodeHash(hashAt(row, at), hashAt(row, at + 1)))
    row = above
  }
  return hashAt(row, 0)
}

function hashAt(row: readonly Uint8Array[], at: number): Uint8Array {
  const found = row[at]
  if (found === undefined) throw new RangeError('a complete subtree has as many leaves as a power of two')
  return found
}
