import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeEntry, entryBytes, formatId } from './entry.ts'
import { leafHash } from './merkle-tree.ts'
import { nodeCrypto } from './node-crypto.ts'
import { readVector } from './testing/vectors.ts'

interface EntryVector {
  readonly entry: string
  readonly leafHash: string
  readonly id: string
  readonly at: number
  readonly phase: number
  readonly decision: number
  readonly sandboxLevel: number
  readonly calls: number
  readonly rows: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly wallMicros: number
  readonly cpuMicros: number
  readonly costMicros: number
}

const vectors = readVector<readonly EntryVector[]>('entries')
const outcome = vectors.find((vector) => vector.phase === 3)
const valid = Buffer.from(outcome?.entry ?? '', 'base64')

test('the published entries are decoded field by field', () => {
  const phases = ['', 'effect', 'intent', 'outcome']
  const decisions = ['', 'allowed', 'denied', 'parked', 'failed', 'unknown']
  const levels = ['none', 'development', 'reduced', 'full']
  for (const vector of vectors) {
    const bytes = Buffer.from(vector.entry, 'base64')
    assert.equal(Buffer.from(leafHash(nodeCrypto, bytes)).toString('hex'), vector.leafHash)
    const decoded = decodeEntry(bytes)
    assert.ok(decoded.ok)
    const {
      id,
      traceId: _traceId,
      parentId: _parentId,
      phase,
      decision,
      sandboxLevel,
      ...numbers
    } = decoded.entry
    assert.equal(formatId(id).replaceAll('-', ''), vector.id)
    assert.deepEqual(
      [phase, decision, sandboxLevel],
      [phases[vector.phase], decisions[vector.decision], levels[vector.sandboxLevel]],
    )
    const { at, calls, rows, bytesIn, bytesOut, wallMicros, cpuMicros, costMicros } = vector
    assert.deepEqual(numbers, { at, calls, rows, bytesIn, bytesOut, wallMicros, cpuMicros, costMicros })
  }
})

const zeros16 = Array.from({ length: 16 }, () => 0)
const refusals: readonly (readonly [what: string, offset: number, bytes: readonly number[], rule: string])[] =
  [
    ['another magic', 0, [0x54], 'entry_magic'],
    ['version 2', 3, [2], 'entry_version'],
    ['an id of UUID version 4', 10, [0x40], 'entry_id'],
    ['an id of another variant', 12, [0xc0], 'entry_id'],
    ['no trace', 20, zeros16, 'entry_trace'],
    ['a parent that is no UUID', 36, [...zeros16.slice(1), 1], 'entry_parent'],
    ['an outcome without parent', 36, zeros16, 'entry_parent'],
    ['itself as parent', 36, [...valid.subarray(4, 20)], 'entry_parent'],
    ['a time after the year 9999', 52, [0, 0, 0xe6, 0x77, 0xd2, 0x1f, 0xdc, 0], 'entry_at'],
    ['a time that no double holds', 52, [0xff], 'entry_at'],
    ['phase 0', 60, [0], 'entry_phase'],
    ['phase 4', 60, [4], 'entry_phase'],
    ['decision 0', 61, [0], 'entry_decision'],
    ['decision 6', 61, [6], 'entry_decision'],
    ['a parked outcome', 61, [3], 'entry_decision'],
    ['a denied intent', 60, [2, 2], 'entry_decision'],
    ['an unknown single effect', 60, [1, 5], 'entry_decision'],
    ['sandbox level 4', 62, [4], 'entry_sandbox'],
    ['retention class 0', 63, [0], 'entry_retention'],
    ['retention class 2', 63, [2], 'entry_retention'],
    ['2^53 bytes', 72, [0, 0x20, 0, 0, 0, 0, 0, 0], 'entry_number'],
    ['a cost of 2^64 - 1', 104, Array.from({ length: 8 }, () => 255), 'entry_number'],
  ]

for (const [what, offset, bytes, rule] of refusals) {
  test(`an entry with ${what} is refused as ${rule}`, () => {
    const altered = Buffer.from(valid)
    altered.set(bytes, offset)
    const decoded = decodeEntry(altered)
    assert.equal(decoded.ok ? 'decoded' : decoded.rule, rule)
  })
}

test('an entry of any other length is refused', () => {
  for (const length of [0, entryBytes - 1, entryBytes + 1]) {
    const decoded = decodeEntry(new Uint8Array(length))
    assert.ok(!decoded.ok && decoded.rule === 'entry_length')
  }
})
