import assert from 'node:assert/strict'
import { createHmac, hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from '../../kernel/canonical.ts'
import { draftOf } from '../testing/evidence-fixture.ts'
import { publishedVectors } from '../testing/published-vectors.ts'
import { leafHash } from '../log/tree-hash.ts'
import { writeCommitment } from './commitment.ts'
import { countsOf, encodeReceipt, entryBytes } from './entry.ts'
import { partJson } from './part-json.ts'
import type { Decision, Level, Phase } from './receipt-draft.ts'
import { saltEpoch, saltKeyFrom, writeSalt } from './salt.ts'

const key = saltKeyFrom(Buffer.alloc(32, 5))
const counts = { calls: 0, rows: 0, bytesIn: 0, bytesOut: 0, wallMicros: 0, cpuMicros: 0 }

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

test('the plain fields of an entry are the bytes of the published vectors', () => {
  const vectors = publishedVectors<EntryVector[]>('entries')
  assert.ok(vectors.length > 3)
  for (const vector of vectors) {
    const expected = Buffer.from(vector.entry, 'base64')
    const parent = expected.toString('hex', 36, 52)
    const draft = draftOf({
      id: `rct_${vector.id}`,
      traceId: expected.toString('hex', 20, 36),
      ...(/^0+$/.test(parent) ? {} : { parent: `rct_${parent}` }),
      at: vector.at,
      phase: (['effect', 'intent', 'outcome'] as Phase[])[vector.phase - 1] as Phase,
      decision: (['allowed', 'denied', 'parked', 'failed', 'unknown'] as Decision[])[
        vector.decision - 1
      ] as Decision,
      level: (['none', 'development', 'reduced', 'full'] as Level[])[vector.sandboxLevel] as Level,
      counts: vector,
      costMicros: BigInt(vector.costMicros),
    })
    const { entry } = encodeReceipt(draft, key)
    assert.equal(entry.toString('hex', 0, 112), expected.toString('hex', 0, 112))
    assert.equal(leafHash(expected).toString('hex'), vector.leafHash)
  }
})

test('commitments are those of the published vectors', () => {
  const vectors =
    publishedVectors<{ part: number; salt: string; value: unknown; commitment: string }[]>('commitments')
  for (const { part, salt, value, commitment } of vectors) {
    const target = Buffer.alloc(32)
    writeCommitment(target, 0, part, partJson(value), (scratch, at) =>
      Buffer.from(salt, 'base64').copy(scratch, at),
    )
    assert.equal(target.toString('hex'), commitment)
  }
})

test('a salt is HMAC-SHA256 of receipt id and part number under the key', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.integer({ min: 1, max: 6 }),
      (raw, id, part) => {
        const salt = Buffer.alloc(32)
        writeSalt(salt, 0, saltKeyFrom(raw), Buffer.from(id).toString('hex'), part)
        const expected = createHmac('sha256', raw).update(id).update(Buffer.of(part)).digest('hex')
        assert.equal(salt.toString('hex'), expected)
      },
    ),
  )
})

test('an entry has 304 bytes and commits to each part with its own salt', () => {
  const draft = draftOf()
  const { entry, parts } = encodeReceipt(draft, key)
  assert.equal(entry.length, entryBytes)
  const salt = createHmac('sha256', Buffer.alloc(32, 5))
    .update(Buffer.from(draft.id.slice(4), 'hex'))
    .update('\x04')
    .digest()
  const preimage = Buffer.concat([
    Buffer.from('switchboard/part/v1\0\x04', 'latin1'),
    salt,
    Buffer.from('{"region":"eu-1","tlp":"GREEN"}'),
  ])
  assert.equal(entry.toString('hex', 208, 240), hash('sha256', preimage, 'hex'))
  assert.equal(parts, canonicalJson(draft.parts))
  assert.deepEqual(countsOf(entry), {
    calls: 0,
    rows: 3,
    bytesIn: 40n,
    bytesOut: 300n,
    wallMicros: 1200n,
    cpuMicros: 800n,
    costMicros: 120n,
  })
})

test('a part longer than any before still commits to all of it', () => {
  const long = { region: 'x'.repeat(200_000) }
  const place = encodeReceipt(draftOf({}, { place: long }), key).entry.toString('hex', 208, 240)
  const cut = { region: 'x'.repeat(199_999) }
  assert.notEqual(encodeReceipt(draftOf({}, { place: cut }), key).entry.toString('hex', 208, 240), place)
})

test('what does not fit the format is a bug and never an entry', () => {
  const wrong = [
    draftOf({ costMicros: -1n }),
    draftOf({ costMicros: 2n ** 53n }),
    draftOf({ at: 253_402_300_800_000 }),
    draftOf({ counts: { ...counts, wallMicros: 1.5 } }),
    draftOf({ counts: { ...counts, rows: 2 ** 32 } }),
    draftOf({ traceId: '0'.repeat(32) }),
    draftOf({ traceId: 'abc' }),
    draftOf({ id: 'rct_00000000000040008000000000000000' }),
    draftOf({ phase: 'outcome' }),
    draftOf({ phase: 'intent', decision: 'denied' }),
    draftOf({ decision: 'unknown' }),
    draftOf({}, { input: { size: Number.NaN } }),
    draftOf({}, { input: { size: 1n } }),
  ]
  for (const draft of wrong) assert.throws(() => encodeReceipt(draft, key))
})

test('canonical JSON of parts agrees with the general serialiser on every JSON value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const json = JSON.parse(JSON.stringify(value).replaceAll(/\\ud[89a-f][0-9a-f]{2}/gi, '?')) as unknown
      assert.equal(partJson(json), canonicalJson(json))
    }),
  )
})

test('a lone surrogate that a caller sends is repaired, so that its receipt can be written', () => {
  assert.equal(partJson({ field: 'a\ud800b' }), '{"field":"a\ufffdb"}')
})

test('a salt epoch is a month in UTC', () => {
  assert.equal(saltEpoch(Date.UTC(2027, 0, 31, 23, 59, 59, 999)), '2027-01')
  assert.equal(saltEpoch(Date.UTC(2027, 1, 1)), '2027-02')
})

const jcsVectors = new URL('../../../../../../shared/vectors/rfc8785/', import.meta.url)
test('canonical JSON of parts passes the vectors of RFC 8785', (t) => {
  for (const name of ['arrays', 'french', 'structures', 'unicode', 'values', 'weird']) {
    let input: string
    try {
      input = readFileSync(new URL(`input/${name}.json`, jcsVectors), 'utf8')
    } catch {
      return t.skip('the vectors of RFC 8785 are not beside this repository')
    }
    const expected = readFileSync(new URL(`output/${name}.json`, jcsVectors), 'utf8')
    assert.equal(partJson(JSON.parse(input)), expected.trimEnd())
  }
})
