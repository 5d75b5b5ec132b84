import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readCanonicalJson } from '../canonical-json.ts'
import { decodeEntry } from '../entry.ts'
import { Findings } from '../findings.ts'
import { isObject, isText } from '../shape.ts'
import { checkEntries } from './check-entries.ts'
import { isDigestValue } from './digest-value.ts'
import { DistinctBytes } from './distinct-bytes.ts'
import { FixedColumns, fixedFields } from './fixed-columns.ts'
import { FlatValueScanner } from './flat-value.ts'
import { IdTable } from './id-table.ts'
import { Kinds } from './kinds.ts'
import { VarintReader } from './varints.ts'

// What is fast here must say exactly what the slow and plain way says.

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1')
/** The text, with some characters of it replaced, left out or doubled. */
function damaged(text: string): fc.Arbitrary<string> {
  const damage = fc.tuple(fc.nat(text.length), fc.nat(2), fc.string({ minLength: 0, maxLength: 2 }))
  return fc
    .array(damage, { maxLength: 2 })
    .map((all) =>
      all.reduce((before, [at, cut, put]) => before.slice(0, at) + put + before.slice(at + cut), text),
    )
}

test('a value is taken for a digest when its canonical JSON is just that, and never else', () => {
  const sha256 = fc
    .array(fc.constantFrom(...'0123456789abcdefA'.split('')), { minLength: 64, maxLength: 64 })
    .map((all) => all.join(''))
  const numbers = fc.oneof(
    fc.maxSafeNat().map(String),
    fc.constantFrom(
      '00',
      '01',
      '1e3',
      '-1',
      '1.5',
      '9007199254740991',
      '9007199254740992',
      '9999999999999999',
      '12345678901234567890',
    ),
  )
  const values = fc.tuple(numbers, sha256).map(([bytes, digest]) => `{"bytes":${bytes},"sha256":"${digest}"}`)
  fc.assert(
    fc.property(values.chain(damaged), (text) => {
      const json = readCanonicalJson(text)
      const value = json.ok && isObject(json.value) ? json.value : {}
      const isDigest =
        Object.keys(value).join() === 'bytes,sha256' &&
        Number.isSafeInteger(value.bytes) &&
        Number(value.bytes) >= 0 &&
        isText(value.sha256) &&
        /^[0-9a-f]{64}$/.test(value.sha256)
      assert.equal(isDigestValue(bytesOf(`x${text}x`), 1, 1 + text.length), isDigest, text)
    }),
    { numRuns: 3_000 },
  )
})

const flatObjects = fc
  .dictionary(
    fc.constantFrom('case', 'operation', 'package', 'run', 'target', 'version', '__proto__', 'a', 'b'),
    fc.string(),
  )
  .map((object) =>
    JSON.stringify(Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)))),
  )

test('what the scanner of flat objects accepts is canonical JSON of plain strings', () => {
  const scanner = new FlatValueScanner()
  let accepted = 0
  fc.assert(
    fc.property(flatObjects.chain(damaged), (text) => {
      const bytes = Buffer.from(`x${text}","b":"c"}`, 'utf8')
      const end = Buffer.byteLength(text) + 1
      if (!scanner.scan(bytes, 1, end)) return
      accepted++
      const json = readCanonicalJson(text)
      assert.ok(json.ok && isObject(json.value) && Object.values(json.value).every(isText), text)
    }),
    { numRuns: 3_000 },
  )
  assert.ok(accepted > 300, 'and it accepts what it is there for')
})

test('subjects are of one kind exactly when they differ in nothing but case, run and target', () => {
  const kinds = new Kinds('subject')
  const scanner = new FlatValueScanner()
  const kindOf = (text: string) => {
    const bytes = bytesOf(text)
    assert.ok(scanner.scan(bytes, 0, bytes.length))
    const json = readCanonicalJson(text)
    return kinds.ofFlat(bytes, scanner, () => (json.ok && isObject(json.value) ? json.value : undefined))
  }
  const first = kindOf('{"case":"c1","operation":"o","run":"r1"}')
  assert.equal(kindOf('{"case":"c2","operation":"o","run":"r2","target":"t"}'), first)
  assert.equal(kindOf('{"operation":"o"}'), first)
  assert.notEqual(kindOf('{"operation":"p"}'), first)
  assert.notEqual(kindOf('{"digest":"d","operation":"o"}'), first)
  assert.equal(kinds.list[first ?? 0]?.operation, 'o')
})

test('numbers are read in their shortest form alone', () => {
  const encode = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) + 128, ...encode(Math.floor(value / 128))]
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(300), fc.maxSafeNat())), (values) => {
      const reader = new VarintReader(Uint8Array.from(values.flatMap(encode)))
      assert.deepEqual(
        values.map(() => reader.next()),
        values,
      )
      assert.ok(reader.ok && reader.left === 0)
    }),
  )
  for (const bytes of [
    [],
    [0x80],
    [0x80, 0],
    [0x81, 0x80, 0],
    [255, 255, 255, 255, 255, 255, 255, 31],
    Array(9).fill(0x80),
    [128, 128, 128, 128, 128, 128, 128, 16],
  ]) {
    const reader = new VarintReader(Uint8Array.from(bytes))
    assert.equal(reader.next(), 0)
    assert.equal(reader.ok, false, bytes.join())
  }
})

test('stretches of bytes are told apart also when all of them have one hash', () => {
  const texts = Array.from({ length: 500 }, (_, i) => `value ${i % 400}`)
  const bytes = bytesOf(texts.join(''))
  const ends = texts.map((_, i) => texts.slice(0, i + 1).join('').length)
  const starts = ends.map((end, i) => end - (texts[i]?.length ?? 0))
  const table = new DistinctBytes(bytes, Uint32Array.from(starts), Uint32Array.from(ends))
  const isNew = texts.map((_, i) => table.add(i, 7))
  assert.deepEqual(
    isNew,
    texts.map((text, i) => texts.indexOf(text) === i),
  )
})

test('ids are found as a map would find them', () => {
  const ids = fc.array(fc.nat(300), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(ids, (drawn) => {
      const bytes = Uint8Array.from(
        drawn.flatMap((id) => [...Array(12).fill(0), ...Buffer.from(Uint32Array.of(id).buffer)]),
      )
      const table = new IdTable(drawn.length)
      for (const [i, id] of drawn.entries()) {
        const first = drawn.indexOf(id)
        assert.equal(table.add(i, bytes, i * 16), first === i ? -1 : first)
      }
      for (const [i, id] of drawn.entries()) assert.equal(table.find(bytes, i * 16), drawn.indexOf(id))
      assert.equal(table.find(new Uint8Array(16).fill(1), 0), -1)
    }),
  )
})

/** Fixed fields that break no rule. */
function goodFixed(): Buffer {
  const fixed = Buffer.alloc(108)
  for (const at of [0, 32]) {
    fixed.fill(at + 1, at, at + 16)
    fixed[at + 6] = 0x70
    fixed[at + 8] = 0x80
  }
  fixed.fill(9, 16, 32)
  fixed.writeBigUInt64BE(1_767_225_600_000n, 48)
  fixed.set([3, 1, 2, 1], 56)
  return fixed
}

test('entries looked at column by column are refused exactly when the whole entry is', () => {
  const change = fc.oneof(
    fc.tuple(fc.integer({ min: 48, max: 63 }), fc.nat(9)),
    fc.tuple(fc.nat(107), fc.nat(255)),
    fc.tuple(fc.constantFrom(0, 16, 32), fc.constant(-1)),
  )
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 8 }), (rows) => {
      const entries = rows.map((changes) => {
        const fixed = goodFixed()
        for (const [at, value] of changes) {
          if (value < 0) fixed.fill(0, at, at + 16)
          else fixed[at] = value
        }
        return fixed
      })
      let before = 0
      const columns = fixedFields.map(({ width }) => {
        const column = entries.map((entry) => entry.subarray(before, before + width))
        before += width
        return Buffer.concat(column)
      })
      const count = rows.length
      const group = {
        number: 0,
        log: 0,
        form: 'folded' as const,
        count,
        indices: Float64Array.from(rows.keys()),
        fixed: new FixedColumns(Buffer.concat(columns), count),
        check: new Uint8Array(),
        leaves: new Uint8Array(count * 32),
        parts: [],
      }
      const findings = new Findings()
      const broken = checkEntries(group, 'standard', findings)
      const refusals = entries.map((fixed) => {
        const entry = Buffer.concat([Buffer.from('SBR\x01'), fixed, Buffer.alloc(192)])
        const decoded = decodeEntry(entry, 'standard')
        return decoded.ok ? undefined : decoded.rule
      })
      assert.deepEqual(
        [...broken],
        refusals.map((rule) => (rule === undefined ? 0 : 1)),
      )
      assert.deepEqual(
        findings.list().map(({ rule }) => rule),
        refusals.filter((rule) => rule !== undefined),
      )
    }),
    { numRuns: 2_000 },
  )
})
