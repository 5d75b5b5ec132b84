import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { newId } from '../../kernel/ids.ts'
import { leafHash } from '../log/tree-hash.ts'
import type { ReceiptRow } from '../receipt/receipt-row.ts'
import type { ReceiptDraft } from '../receipt/receipt-draft.ts'
import type { SaltKey } from '../receipt/salt.ts'
import { draftOf, organisation } from '../testing/evidence-fixture.ts'
import { dice, realisticDrafts, rowsOf } from '../testing/realistic-receipts.ts'
import { createBlockEncoder, fixedBytes } from './block-encoder.ts'
import { checkWhole } from './block-file.ts'
import type { PackedBlock } from './block-file.ts'
import { openBlock } from './block.ts'
import { createColumnCache } from './column-cache.ts'
import { decodeNumbers, encodeNumbers } from './number-column.ts'

const beganAt = Date.UTC(2027, 2, 4)
const take = <T>(count: number, from: Iterable<T>): T[] => {
  const taken: T[] = []
  for (const each of from) if (taken.push(each) === count) break
  return taken
}

async function encode(rows: readonly ReceiptRow[], keyOf: (row: ReceiptRow) => SaltKey | undefined) {
  const encoder = createBlockEncoder({ origin: 'log.example/00000000/standard', from: 512, level: 1 })
  for (const row of rows) encoder.add(row, keyOf(row))
  return await encoder.finish()
}

async function open(packed: PackedBlock, bytes = packed.bytes, asked: string[] = []) {
  const read = async (offset: number, length: number) => {
    asked.push(`${offset}+${length}`)
    return bytes.subarray(offset, offset + length)
  }
  const cache = createColumnCache(64 * 1024 * 1024)
  return await openBlock({ name: 'b', headerSha256: packed.headerSha256, read, cache })
}

async function decodeAll(packed: PackedBlock, keyOf: (row: ReceiptRow) => SaltKey | undefined) {
  const block = await open(packed)
  return await block.receipts(Array(block.header.rows).keys(), async (row) => keyOf(row))
}

function assertSame(actual: ReceiptRow, expected: ReceiptRow): void {
  assert.deepEqual({ ...actual, entry: '' }, { ...expected, entry: '' })
  assert(Buffer.compare(actual.entry, expected.entry) === 0, `the entry of ${expected.id} is the same`)
}

test('what is decoded is what was encoded, bit for bit, and takes a tenth of its canonical JSON', async () => {
  const { rows, keyOf } = rowsOf(take(4_096, realisticDrafts(1, organisation, beganAt)))
  const packed = await encode(rows, keyOf)
  checkWhole(packed.bytes, 'b', packed.sha256)
  const receipts = await decodeAll(packed, keyOf)
  assert.equal(receipts.length, rows.length)
  for (const [at, { form, index, row, leafHash: leaf }] of receipts.entries()) {
    assert.equal(form, 'full')
    assert.equal(index, 512 + at)
    assertSame(row, rows[at] as ReceiptRow)
    assert.deepEqual(leaf, leafHash((rows[at] as ReceiptRow).entry))
  }
  // Parts alone: salts, entry and punctuation would come on top.
  const json = rows.reduce((sum, row) => sum + row.parts.length, 0)
  assert(packed.bytes.length < json / 6, `${packed.bytes.length} bytes for ${json} of JSON`)
})

test('each receipt can be had alone, in any order', async () => {
  const { rows, keyOf } = rowsOf(take(700, realisticDrafts(2, organisation, beganAt)))
  const block = await open(await encode(rows, keyOf))
  const d = dice(3)
  for (let turn = 0; turn < 50; turn += 1) {
    const wanted = [d.below(700), d.below(700), d.below(700)]
    const found = await block.receipts(wanted, async (row) => keyOf(row))
    for (const [at, { row }] of found.entries()) assertSame(row, rows[wanted[at] as number] as ReceiptRow)
  }
})

/** Values that a template, a dictionary or a guess at a column could stumble over. */
const hostileTexts = [
  '',
  '\u0001',
  '\u0001A',
  '\u0000',
  '"',
  '\\',
  ',"input":{"a":1},"output":{',
  '","subject":{"operation":"x"}}',
  'deadbeef'.repeat(4),
  'deadbeef'.repeat(8),
  `run_${'0'.repeat(32)}`,
  `run_${'A'.repeat(32)}`,
  `=${'f'.repeat(31)}`,
  '=',
  '😀 \u2028 é \uFFFD',
  '__proto__',
  'x'.repeat(5_000),
  '1e5',
  '0123',
]
const hostileNumbers = [
  0,
  -0,
  1,
  -1,
  1.5,
  1e21,
  1e-7,
  2 ** 53 - 1,
  2 ** 53,
  999_999_999_999_999,
  1_000_000_000_000_000,
]

function hostileDrafts(seed: number, count: number): ReceiptDraft[] {
  const d = dice(seed)
  const value = (depth: number): unknown => {
    const kind = d.below(depth > 4 ? 3 : 6)
    if (kind === 0) return d.pick(hostileTexts)
    if (kind === 1) return d.pick(hostileNumbers)
    if (kind === 2) return d.pick([null, true, false])
    if (kind === 3) return Array.from({ length: d.below(4) }, () => value(depth + 1))
    return part(depth + 1)
  }
  const names = [
    'sha256',
    'bytes',
    'run',
    'case',
    'via',
    'input',
    'output',
    'subject',
    '\u0001',
    'a b',
    '__proto__',
    'é',
  ]
  const part = (depth: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: d.below(4) }, () => [d.pick(names), value(depth)]))
  const made: ReceiptDraft[] = []
  for (let at = 0; at < count; at += 1) {
    const parent = d.below(3) === 0 ? made[d.below(Math.max(made.length, 1))]?.id : undefined
    const large = d.pick([0, 1, 255, 256, 2 ** 32, 2 ** 53 - 1])
    const text = (): unknown => d.pick([...hostileTexts, newId('case'), undefined])
    const counts = {
      calls: 2 ** 32 - 1,
      rows: d.below(9),
      bytesIn: large,
      bytesOut: large,
      wallMicros: large,
      cpuMicros: 0,
    }
    const draft = draftOf({
      counts,
      at: d.pick([0, beganAt, 253_402_300_799_999]),
      traceId: randomBytes(16).toString('hex'),
      ...(parent === undefined ? {} : { parent }),
    })
    made.push({
      ...draft,
      organisation: d.pick([organisation, 'org_b']),
      costMicros: BigInt(large),
      parts: {
        actor: { ...draft.parts.actor, user: d.pick(hostileTexts), via: part(0) },
        subject: {
          operation: d.pick(hostileTexts),
          package: text(),
          case: text(),
          run: text(),
          version: text(),
        },
        policy: { ...draft.parts.policy, rules: [d.pick(hostileTexts)], denial: part(0) },
        place: part(0),
        input:
          d.below(2) === 0
            ? part(0)
            : { sha256: randomBytes(32).toString('hex'), bytes: d.pick(hostileNumbers) },
        output: part(0),
      },
    })
  }
  return made
}

test('hostile values come back as they are', async () => {
  for (let seed = 0; seed < 12; seed += 1) {
    const { rows, keyOf } = rowsOf(hostileDrafts(seed, 150))
    const receipts = await decodeAll(await encode(rows, keyOf), keyOf)
    assert.equal(receipts.length, rows.length)
    for (const [at, { row }] of receipts.entries()) assertSame(row, rows[at] as ReceiptRow)
  }
})

test('rows that are not what their entry says, parts that are no JSON or lack members come back as they are', async () => {
  const { rows, keyOf } = rowsOf(take(64, realisticDrafts(4, organisation, beganAt)))
  const change = (at: number, to: Partial<ReceiptRow>) => Object.assign(rows[at] as ReceiptRow, to)
  change(1, { phase: 'outcome', cost_micros: 7, parent: 'rct_x', trace: '' })
  change(2, { parts: 'no JSON' })
  change(3, { parts: '{}' })
  change(4, { parts: '{"input":{"bytes":1},"subject":{"operation":"x"}}' })
  change(5, { parts: '{"actor":{} ,"input":{}}' })
  change(6, { parts: (rows[7] as ReceiptRow).parts })
  change(8, { actor: '', package: '', version: null })
  change(9, { parts: `{"actor":${'['.repeat(200)}${']'.repeat(200)}}` })
  change(10, { parts: '{"actor":1e999}' })
  const receipts = await decodeAll(await encode(rows, keyOf), keyOf)
  for (const [at, { row }] of receipts.entries()) assertSame(row, rows[at] as ReceiptRow)
})

test('commitments of parts whose key is gone are kept', async () => {
  const { rows, keyOf } = rowsOf(take(300, realisticDrafts(5, organisation, beganAt)))
  const erased = (rows[0] as ReceiptRow).actor
  const keyLeft = (row: ReceiptRow) => (row.actor === erased ? undefined : keyOf(row))
  for (const row of rows) if (row.actor === erased) row.parts = '{}'
  const receipts = await decodeAll(await encode(rows, keyLeft), keyLeft)
  for (const [at, { row }] of receipts.entries()) assertSame(row, rows[at] as ReceiptRow)
})

test('a key that is gone although its commitments were not kept is a fault that says what to do', async () => {
  const { rows, keyOf } = rowsOf(take(20, realisticDrafts(6, organisation, beganAt)))
  const packed = await encode(rows, keyOf)
  await assert.rejects(
    decodeAll(packed, () => undefined),
    { code: 'block_key_missing', message: /salt_keys/ },
  )
})

test('a block holds folded receipts and pruned ranges between full ones', async () => {
  const { rows, keyOf } = rowsOf(take(256, realisticDrafts(7, organisation, beganAt)))
  const encoder = createBlockEncoder({ origin: 'x', from: 0, level: 1 })
  const root = Buffer.alloc(32, 9).toString('base64')
  const kept: ReceiptRow[] = []
  for (const [at, row] of rows.entries()) {
    if (at === 64)
      encoder.prune({ form: 'pruned', from: 64, to: 128, subtrees: [{ from: 64, to: 128, root }] })
    if (at >= 64 && at < 128) continue
    if (at % 3 === 0) {
      const folded = { ...row, entry: row.entry.subarray(0, fixedBytes), parts: '{}' }
      encoder.addFolded(folded, leafHash(row.entry))
      kept.push(folded)
    } else {
      encoder.add(row, keyOf(row))
      kept.push(row)
    }
  }
  const packed = await encoder.finish()
  const block = await open(packed)
  const receipts = await block.receipts(Array(192).keys(), async (row) => keyOf(row))
  for (const [at, { form, index, row, leafHash: leaf }] of receipts.entries()) {
    const from = at < 64 ? at : at + 64
    assert.equal(index, from)
    assert.equal(form, from % 3 === 0 ? 'folded' : 'full')
    assertSame(row, kept[at] as ReceiptRow)
    assert.deepEqual(leaf, leafHash((rows[from] as ReceiptRow).entry))
  }
  assert.deepEqual(
    block.header.runs.filter((run) => run.form === 'pruned'),
    [{ form: 'pruned', from: 64, to: 128, subtrees: [{ from: 64, to: 128, root }] }],
  )
})

test('a flipped bit is refused, and the fault names the column it lies in', async () => {
  const { rows, keyOf } = rowsOf(take(128, realisticDrafts(8, organisation, beganAt)))
  const packed = await encode(rows, keyOf)
  const d = dice(9)
  for (let turn = 0; turn < 200; turn += 1) {
    const bytes = Buffer.from(packed.bytes)
    const at = d.below(bytes.length)
    bytes[at] = (bytes[at] as number) ^ (1 << d.below(8))
    assert.throws(() => checkWhole(bytes, 'b', packed.sha256), { code: 'block_altered' })
    // The digest at the end is nothing that a reader of columns needs.
    if (at >= bytes.length - 32) continue
    await assert.rejects(
      async () => {
        const block = await open(packed, bytes)
        for (const place of block.header.columns)
          if (place.name.endsWith('.values')) await block.values(place.name.slice(0, -7))
        await block.receipts(Array(128).keys(), async (row) => keyOf(row))
        await block.kinds()
      },
      { code: 'block_altered', message: /b is not what was written.*backup/ },
    )
  }
})

test('a column is read without the others', async () => {
  const { rows, keyOf } = rowsOf(take(1_024, realisticDrafts(10, organisation, beganAt)))
  const asked: string[] = []
  const packed = await encode(rows, keyOf)
  const block = await open(packed, packed.bytes, asked)
  asked.length = 0
  const { values, symbols } = await block.textSymbols('operation')
  assert.deepEqual(
    Array.from(symbols, (symbol) => values[symbol]),
    rows.map((row) => row.operation),
  )
  assert.equal(asked.length, 2)
})

test('an entry that is not of version 1 is refused by name', async () => {
  const { rows, keyOf } = rowsOf(take(1, realisticDrafts(11, organisation, beganAt)))
  ;(rows[0] as ReceiptRow).entry[3] = 2
  await assert.rejects(encode(rows, keyOf), { code: 'block_unencodable', message: /version 1/ })
})

test('numbers take the bytes that the largest needs', () => {
  for (const numbers of [[], [0, 0], [0, 255], [256], [2 ** 32, 5], [2 ** 53 - 1, 0, 1]]) {
    const bytes = encodeNumbers(numbers)
    assert.deepEqual([...decodeNumbers(bytes, numbers.length)], numbers)
  }
})
