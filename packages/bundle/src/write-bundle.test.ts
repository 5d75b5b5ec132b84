import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { createGroupWriter, partNames, readBundle } from './index.ts'
import { rawBytes, storedSection, writeContainer } from './container.ts'
import { createTestLogs } from './testing/index.ts'
import { commitment } from './testing/test-receipt.ts'
import { decode } from './testing/throwaway-decoder.ts'

const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const rootIn = (note: string): string => note.split('\n')[2] ?? ''

/** Logs with everything that the format knows. */
function everything() {
  const logs = createTestLogs()
  logs.addWitness('witness.example')
  for (let n = 0; n < 5; n += 1) logs.recordRun({ user: n % 2 === 0 ? 'usr_ana' : 'usr_ben' })
  for (let n = 0; n < 40; n += 1) logs.record({ class: 'short', counts: { rows: n } })
  logs.rotate()
  logs.prune('short', [{ from: 3, to: 20 }], [{ hold: 'hold_1', receipts: 2 }])
  logs.fold('short', [{ from: 24, to: 31 }])
  logs.erase(({ index, class: retention }) => retention === 'standard' && index === 2)
  const documents = [
    { name: 'results/run.json', bytes: Buffer.from('{"ok":true}') },
    { name: 'notes.txt', bytes: Buffer.from('secret notes'), withheld: true },
    {
      name: 'ioc-triage-1.0.0/sbom.json',
      bytes: Buffer.from('{"spdxVersion":"SPDX-2.3"}'.repeat(50)),
      of: { kind: 'sbom' as const, package: 'ioc-triage-1.0.0' },
    },
  ]
  return { logs, documents }
}

test('a bundle with every feature is read back, entry by entry, by a decoder that shares nothing with the writer', () => {
  const { logs, documents } = everything()
  const redact = ({ index }: { index: number }, part: string): boolean => part === 'input' && index % 3 === 0
  const made = logs.bundle({ documents, redact, history: { standard: [3, 8] } })
  const found = decode(made.bytes)
  assert.deepEqual(
    found.roots,
    (['standard', 'short', 'long'] as const).map((each) => rootIn(made.checkpoints[each] ?? '')),
  )
  assert.equal(hex(found.raw.get('manifest') ?? Buffer.alloc(0)), hex(made.manifest))
  assert.deepEqual(
    found.groups.map(({ log, form, receipts }) => [log, form, receipts.length]),
    [
      [0, 'full', 20],
      [1, 'full', 7],
      [1, 'folded', 7],
      [1, 'full', 9],
      [2, 'full', 3],
    ],
  )
  for (const [place, log] of found.manifest.logs.entries()) {
    const leaves = found.groups
      .filter((group) => group.log === place)
      .flatMap(({ receipts }) => receipts.map(({ leaf }) => leaf))
    assert.equal(log.count, leaves.length)
    assert.equal(log.sha256, hex(Buffer.concat(leaves)))
  }
  const [first] = found.groups
  assert.deepEqual(
    first?.receipts.slice(0, 4).map(({ opened }) => Object.keys(opened).length),
    [5, 6, 0, 5],
  )
  assert.equal(found.manifest.bundle.perf_cost.runs, 5)
  assert.equal(found.manifest.bundle.perf_cost.costMicros, String(5 * 3_520))
  assert.deepEqual(
    found.names.filter((name) => name.startsWith('document/')),
    ['document/0', 'document/2', 'document/3', 'document/4'],
  )
  assert.equal(made.bytes.includes('secret notes'), false)
})

test('whatever receipts go in come out, in full and folded groups', () => {
  const facts = fc.record({
    user: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).map((text) => text.toWellFormed()),
    rows: fc.nat(2 ** 32 - 1),
    cost: fc.maxSafeNat(),
    isLeftOut: fc.boolean(),
    closed: fc.subarray([...partNames]),
  })
  fc.assert(
    fc.property(fc.array(facts, { minLength: 1, maxLength: 40 }), fc.nat(40), (wanted, foldedUpTo) => {
      const logs = createTestLogs()
      const receipts = wanted.map(({ user, rows, cost }) =>
        logs.record({ user, counts: { rows, costMicros: cost } }),
      )
      const folded = Math.min(foldedUpTo, wanted.length)
      if (folded > 0) logs.fold('standard', [{ from: 0, to: folded }])
      const isIn = (index: number): boolean => wanted[index]?.isLeftOut === false || index < folded
      const { bytes } = logs.bundle({
        scope: { case: 'case-1' },
        select: (receipt) => receipt.class !== 'standard' || isIn(receipt.index),
        redact: ({ class: retention, index }, part) =>
          retention === 'standard' && wanted[index]?.closed.includes(part) === true,
      })
      const found = decode(bytes).groups.filter(
        ({ log, receipts: rows }) => log === 0 && (rows[0]?.entry.length ?? 0) > 0,
      )
      const standard = found
        .flatMap(({ receipts: rows }) => rows)
        .slice(0, receipts.filter(({ index }) => isIn(index)).length)
      assert.deepEqual(
        standard.map(({ index, entry }) => [index, entry.toString('hex')]),
        receipts
          .filter(({ index }) => isIn(index))
          .map(({ index, entry }) => [
            index,
            (index < folded ? entry.subarray(4, 112) : entry).toString('hex'),
          ]),
      )
    }),
    { numRuns: 40 },
  )
})

test('the reader of this package gives the same entries as the throwaway decoder', () => {
  const { logs, documents } = everything()
  const { bytes } = logs.bundle({ documents, redact: (_, part) => part === 'place' })
  const expected = decode(bytes).groups.flatMap(({ form, receipts }) => (form === 'full' ? receipts : []))
  const read = readBundle(bytes)
  const found = read.groups.flatMap((group) => (group.form === 'full' ? [...group.receipts(commitment)] : []))
  assert.deepEqual(
    found.map(({ index, entry, parts }) => [index, entry.toString('hex'), Object.keys(parts)]),
    expected.map(({ index, entry, opened }) => [index, entry.toString('hex'), Object.keys(opened)]),
  )
  assert.deepEqual(read.documents.map(({ name, section }) => [name, section === undefined]).slice(0, 2), [
    ['results/run.json', false],
    ['notes.txt', true],
  ])
})

test('values of redacted parts are in no table, and a value used twice is written once', () => {
  const logs = createTestLogs()
  for (let n = 0; n < 10; n += 1) logs.record({ user: n < 5 ? 'usr_secret_one' : 'usr_plain' })
  const { bytes } = logs.bundle({
    redact: ({ values }, part) => part === 'actor' && values.actor['user'] === 'usr_secret_one',
  })
  const raw = Buffer.concat([...decode(bytes).raw.values()]).toString('latin1')
  assert.equal(raw.includes('usr_secret_one'), false)
  assert.equal(raw.split('usr_plain').length, 2)
})

test('more than 65,536 receipts of a log go into several groups', () => {
  const writer = createGroupWriter({ logs: 1 })
  const [entry, leaf, salt] = [Buffer.alloc(304, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)]
  const parts = { actor: { salt, json: '{"user":"a"}' } }
  for (let index = 0; index < 65_538; index += 1) writer.add(0, { index: index * 3, entry, leaf, parts })
  const { sections, logs } = writer.end()
  const heads = sections
    .filter(({ name }) => name.endsWith('/head'))
    .map(({ bytes }) => Buffer.from(bytes).toString())
  assert.deepEqual(heads, ['{"count":65536,"form":"full","log":0}', '{"count":2,"form":"full","log":0}'])
  assert.equal(logs[0]?.count, 65_538)
})

test('receipts out of order, of an earlier log or of a wrong length are refused', () => {
  const [entry, leaf] = [Buffer.alloc(304), Buffer.alloc(32)]
  const started = () => {
    const writer = createGroupWriter({ logs: 2 })
    writer.add(1, { index: 5, entry, leaf, parts: {} })
    return writer
  }
  assert.throws(() => started().add(1, { index: 5, entry, leaf, parts: {} }), /comes behind/)
  assert.throws(() => started().add(0, { index: 9, entry, leaf, parts: {} }), /comes behind/)
  assert.throws(() => started().add(2, { index: 9, entry, leaf, parts: {} }), /comes behind/)
  assert.throws(() => started().add(1, { index: 9, entry: leaf, leaf, parts: {} }), /no entry/)
  assert.throws(() => started().addFolded(1, { index: 9, fixed: entry, leaf }), /no folded entry/)
})

test('a damaged file is refused and the section named', () => {
  const { logs, documents } = everything()
  const { bytes } = logs.bundle({ documents })
  const readAll = (file: Buffer): void => {
    const { groups, documents: found } = readBundle(file)
    for (const group of groups)
      if (group.form === 'full') for (const receipt of group.receipts(commitment)) void receipt
    for (const { section } of found) if (section !== undefined) rawBytes(section)
    for (const group of groups) group.fixedOf(0)
  }
  readAll(bytes)
  const layoutAt = bytes.length - 12 - bytes.readUInt32BE(bytes.length - 12)
  for (let offset = 0; offset < bytes.length; offset += offset < layoutAt ? 97 : 3) {
    const flipped = Buffer.from(bytes)
    flipped[offset] = (flipped[offset] ?? 0) ^ (1 << (offset % 8))
    assert.throws(() => readAll(flipped), { message: /^(file|layout|section .+): /s }, `byte ${offset}`)
  }
  for (const cut of [0, 7, 19, bytes.length - 1])
    assert.throws(() => readBundle(bytes.subarray(0, cut)), /^Error: file: /)
  assert.throws(() => readBundle(writeContainer([storedSection('manifest', Buffer.from('{}'))])), /manifest/)
})
