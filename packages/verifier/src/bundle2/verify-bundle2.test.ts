import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogs } from '@switchboard/bundle/testing'
import fc from 'fast-check'
import { nodeCrypto } from '../node-crypto.ts'
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

test('a bit that is flipped in any section is red also when the layout is made to fit it', async () => {
  const names: string[] = []
  everyFeature({
    changeSections: (sections) => {
      names.push(...sections.filter(({ raw }) => raw.length > 0).map(({ name }) => name))
      return sections
    },
  })
  const flips = fc.tuple(fc.constantFrom(...names), fc.nat(), fc.nat(7))
  await fc.assert(
    fc.asyncProperty(flips, async ([name, at, bit]) => {
      const { bytes } = everyFeature({
        changeSections: (sections) =>
          sections.map((section) => {
            if (section.name !== name) return section
            const raw = Buffer.from(section.raw)
            const place = at % raw.length
            raw[place] = (raw[place] ?? 0) ^ (1 << bit)
            return { name, raw }
          }),
      }).bundle
      assert.notDeepEqual(await redRules(bytes), [], name)
    }),
    { numRuns: 40 },
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
