import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogs } from '@switchboard/bundle/testing'
import fc from 'fast-check'
import { nodeCrypto } from '../node-crypto.ts'
import { readSections, writeSections } from '../testing/change-file.ts'
import { everyFeature } from '../testing/every-feature.ts'
import { rememberingCrypto } from '../testing/remembering-crypto.ts'
import type { Trust } from '../trust.ts'
import { verifyBundle } from '../verify-bundle.ts'

const { bundle, trust, saved } = everyFeature()

const crypto = rememberingCrypto(nodeCrypto)

async function redFindings(bytes: Uint8Array, given: Trust = trust) {
  const report = await verifyBundle(bytes, given, crypto)
  const red = report.findings.filter((finding) => finding.severity === 'red')
  assert.equal(report.ok, red.length === 0)
  return red
}

const redRules = async (bytes: Uint8Array, given: Trust = trust) =>
  (await redFindings(bytes, given)).map(({ rule }) => rule)

test('a bundle with every feature is green, and says of each log what it holds', async () => {
  const report = await verifyBundle(bundle.bytes, { ...trust, savedCheckpoint: saved }, nodeCrypto)
  assert.deepEqual(report.findings, [])
  assert.ok(report.ok)
  assert.ok(report.checked.every((check) => check.result === 'ok' && check.count > 0))
  assert.deepEqual(
    report.logs.map((log) => [log.class, log.size, log.full, log.folded, log.pruned, log.redactedParts]),
    [
      ['standard', 11, 11, 0, 0, 25],
      ['short', 11, 4, 4, 3, 0],
      ['long', 5, 4, 0, 0, 0],
    ],
  )
  assert.deepEqual(
    report.logs.map(({ witnesses }) => witnesses.map(({ witness }) => witness)),
    Array.from({ length: 3 }, () => ['witness.one', 'witness.two']),
  )
})

test('what was not checked is said, with the reason', async () => {
  const { notChecked } = await verifyBundle(bundle.bytes, trust, nodeCrypto)
  assert.deepEqual(
    notChecked.map(({ because }) => because),
    ['not_given', 'not_given', 'not_given', 'absent', 'redacted', 'absent', 'format'],
  )
})

const places = /^(section |layout|length of the layout|beginning of the file|end of the file)/

test('every bit that is flipped in the file makes the bundle red, and a section is named', async () => {
  const flips = fc.tuple(fc.nat(bundle.bytes.length - 1), fc.nat(7))
  await fc.assert(
    fc.asyncProperty(flips, async ([at, bit]) => {
      const bytes = Buffer.from(bundle.bytes)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
      const red = await redFindings(bytes)
      assert.ok(red.some(({ where }) => places.test(where)))
    }),
    { numRuns: 120 },
  )
})

const sections = readSections(bundle.bytes)
const filled = sections.filter(({ raw }) => raw.length > 0).map(({ name }) => name)

/** The bundle with some sections changed, and a layout that fits them. */
function rewritten(change: (raw: Buffer, name: string) => Buffer): Buffer {
  return writeSections(sections.map(({ name, raw }) => ({ name, raw: change(Buffer.from(raw), name) })))
}

test('the bundle is green also when its sections are stored instead of deflated', async () => {
  assert.deepEqual(await redRules(writeSections(sections)), [])
})

test('a bit that is flipped in any section is red also when the layout is made to fit it', async () => {
  const flips = fc.tuple(fc.constantFrom(...filled), fc.nat(), fc.nat(7))
  await fc.assert(
    fc.asyncProperty(flips, async ([name, at, bit]) => {
      const bytes = rewritten((raw, each) => {
        if (each === name) raw[at % raw.length] = (raw[at % raw.length] ?? 0) ^ (1 << bit)
        return raw
      })
      assert.notDeepEqual(await redRules(bytes), [], name)
    }),
    { numRuns: 120 },
  )
})

test('whatever is done to sections, the bundle is red and nothing is thrown', async () => {
  const numbers = ['0', '-1', '1e400', '9007199254740993', '65537', '1.5', 'null', '[]', '{}', '"x"']
  const damage = fc.oneof(
    fc.nat().map((at) => (raw: Buffer) => raw.subarray(0, at % (raw.length + 1))),
    fc.uint8Array({ maxLength: 40 }).map((more) => (raw: Buffer) => Buffer.concat([raw, more])),
    fc.constant((raw: Buffer) => Buffer.concat([raw, raw])),
    fc.constantFrom(...sections).map((other) => () => Buffer.from(other.raw)),
    fc.tuple(fc.nat(), fc.nat()).map(([from, to]) => (raw: Buffer) => {
      const [start, end] = [from % (raw.length + 1), to % (raw.length + 1)]
      return Buffer.concat([raw.subarray(0, start), raw.subarray(end)])
    }),
    fc.tuple(fc.nat(), fc.constantFrom(...numbers)).map(([which, put]) => (raw: Buffer) => {
      const text = raw.toString('latin1')
      const found = [...text.matchAll(/\d+/g)]
      const at = found[which % Math.max(found.length, 1)]
      return at === undefined
        ? raw
        : Buffer.from(text.slice(0, at.index) + put + text.slice(at.index + at[0].length), 'latin1')
    }),
  )
  const damages = fc.array(fc.tuple(fc.constantFrom(...filled), damage), { minLength: 1, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(damages, async (all) => {
      const bytes = rewritten((raw, name) =>
        all.filter(([each]) => each === name).reduce((before, [, change]) => change(before), raw),
      )
      const isChanged = Buffer.compare(bytes, writeSections(sections)) !== 0
      assert.equal((await redRules(bytes)).length > 0, isChanged)
    }),
    { numRuns: 120 },
  )
})

test('a bundle that is cut off anywhere, or goes on, is red', async () => {
  for (let length = 0; length < bundle.bytes.length; length += 997)
    assert.notDeepEqual(await redRules(bundle.bytes.subarray(0, length)), [])
  assert.deepEqual(await redRules(bundle.bytes.subarray(0, -1)), ['file_magic'])
  assert.deepEqual(await redRules(Buffer.concat([bundle.bytes, Buffer.of(10)])), ['file_magic'])
})

test('without a log key, or under another one, nothing is green', async () => {
  assert.deepEqual(await redRules(bundle.bytes, { logKeys: [] }), ['log_key_missing'])
  const { logKeys } = createTestLogs({ seed: 'another' })
  const rules = await redRules(bundle.bytes, { ...trust, logKeys })
  assert.deepEqual(rules, ['checkpoint_key', 'checkpoint_key', 'checkpoint_key'])
})
