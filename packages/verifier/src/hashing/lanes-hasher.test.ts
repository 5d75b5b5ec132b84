import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nodeCrypto } from '../node-crypto.ts'
import type { PartToCommit, ReceiptsToHash } from './hasher.ts'
import { LanesHasher } from './lanes-hasher.ts'
import { PlainHasher } from './plain-hasher.ts'

const plain = new PlainHasher(nodeCrypto)

async function lanes(): Promise<LanesHasher> {
  const hasher = await LanesHasher.start(nodeCrypto)
  assert.ok(hasher, 'Node has WebAssembly with SIMD')
  return hasher
}

/** Bytes that differ from place to place, and from seed to seed. */
function fill(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.imul(i + 1, 2_654_435_761) ^ (seed * 97)) >>> 11)
}

function partOf(
  count: number,
  lengths: readonly number[],
  pick: readonly number[],
  seed: number,
): PartToCommit {
  // A pick beyond the values leaves the part closed.
  const places = Int32Array.from({ length: count }, (_, row) => {
    const place = (pick[row % pick.length] ?? 0) % (lengths.length + 1)
    return place === lengths.length ? -1 : place
  })
  const opened = places.filter((place) => place >= 0).length
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0))
  return {
    places,
    salts: fill(opened * 32, seed),
    commitments: fill((count - opened) * 32, seed + 1),
    values: {
      bytes: fill(ends.at(-1) ?? 0, seed + 2),
      starts: Uint32Array.from(ends, (end, i) => end - (lengths[i] ?? 0)),
      ends: Uint32Array.from(ends),
    },
  }
}

test('four lanes give the leaf hashes that one message after the other gives', async () => {
  const hasher = await lanes()
  const part = fc.tuple(
    fc.array(fc.oneof(fc.nat(260), fc.nat(4_100)), { maxLength: 5 }),
    fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }),
  )
  const parts = fc.tuple(part, part, part, part, part, part)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), parts, fc.nat(1_000), (count, drawn, seed) => {
      const receipts: ReceiptsToHash = {
        count,
        fixed: { bytes: fill(count * 108, seed) },
        parts: drawn.map(([lengths, pick], i) => partOf(count, lengths, pick, seed + i * 10)),
      }
      const expected = new Uint8Array(count * 32)
      const actual = new Uint8Array(count * 32)
      plain.hashLeaves(receipts, expected)
      hasher.hashLeaves(receipts, actual)
      assert.deepEqual(Buffer.from(actual), Buffer.from(expected))
    }),
    { numRuns: 200 },
  )
})

test('values of every length, alone and shared, are committed to as FIPS 180-4 pads them', async () => {
  const hasher = await lanes()
  for (let length = 0; length < 270; length++) {
    for (const pick of [[0], [0, 1]]) {
      const part = partOf(6, [length], pick, length)
      const receipts = {
        count: 6,
        fixed: { bytes: fill(6 * 108, 3) },
        parts: Array.from({ length: 6 }, () => part),
      }
      const expected = new Uint8Array(6 * 32)
      const actual = new Uint8Array(6 * 32)
      plain.hashLeaves(receipts, expected)
      hasher.hashLeaves(receipts, actual)
      assert.deepEqual(actual, expected, `${length} bytes`)
    }
  }
})

test('memory that grows in the middle of a group changes nothing', async () => {
  const count = 20_000
  const lengths = Array.from({ length: 700 }, (_, i) => 20 + (i % 300))
  const parts = Array.from({ length: 6 }, (_, i) =>
    partOf(count, lengths, i % 2 === 0 ? lengths.map((_length, place) => place) : [1, 700, 2, 3], i),
  )
  const receipts = { count, fixed: { bytes: fill(count * 108, 5) }, parts }
  const expected = new Uint8Array(count * 32)
  const actual = new Uint8Array(count * 32)
  plain.hashLeaves(receipts, expected)
  const hasher = await lanes()
  hasher.hashLeaves(receipts, actual)
  assert.deepEqual(Buffer.from(actual), Buffer.from(expected))
})

test('complete trees of every height have the root that RFC 6962 gives', async () => {
  const hasher = await lanes()
  for (let count = 1; count <= 2 ** 17; count *= 2) {
    const hashes = fill(count * 32, count)
    assert.deepEqual(hasher.rootOfComplete(hashes), plain.rootOfComplete(hashes), `${count} leaves`)
  }
})
