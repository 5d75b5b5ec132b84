import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nodeCrypto } from './node-crypto.ts'
import type { BundleReport } from './report.ts'
import { rememberingCrypto } from './testing/remembering-crypto.ts'
import { readVector, type BundleVector, type Checkpoints } from './testing/vectors.ts'
import type { Trust } from './trust.ts'
import { verifyBundle } from './verify-bundle.ts'

const { vkey, bundle, resignedWithOtherKey } = readVector<BundleVector>('bundle')
const checkpoints = readVector<Checkpoints>('checkpoints')
const lines = bundle.split('\n').slice(0, -1)
const trust: Trust = { logKeys: [vkey] }

function verify(text: string | Uint8Array, given: Trust = trust): Promise<BundleReport> {
  return verifyBundle(typeof text === 'string' ? Buffer.from(text, 'utf8') : text, given, nodeCrypto)
}

async function redRules(text: string | Uint8Array, given: Trust = trust): Promise<readonly string[]> {
  const report = await verify(text, given)
  const rules = report.findings.filter((finding) => finding.severity === 'red').map((finding) => finding.rule)
  assert.equal(report.ok, rules.length === 0)
  return rules
}

const joined = (all: readonly string[]) => all.map((line) => `${line}\n`).join('')

test('the published bundle is green without any finding, and says what it holds', async () => {
  const report = await verify(bundle)
  assert.deepEqual(report.findings, [])
  assert.ok(report.ok)
  assert.ok(report.checked.every((check) => check.result === 'ok' && check.count > 0))
  const { receipts, logSize, runs, entities, calls, rows, costMicros, sandboxLevels, denied } = report.summary
  assert.deepEqual(
    { receipts, logSize, runs, entities, calls, rows, costMicros, sandboxLevels, denied },
    {
      receipts: 5,
      logSize: 8,
      runs: 1,
      entities: 2,
      calls: 2,
      rows: 3,
      costMicros: 1520n,
      sandboxLevels: ['development', 'none'],
      denied: [{ operation: 'cases.addEntities', code: 'CapabilityDenied', count: 1 }],
    },
  )
})

test('what was not checked is said, with the reason', async () => {
  const { notChecked } = await verify(bundle)
  assert.deepEqual(notChecked.map(({ because }) => because).toSorted(), [
    'absent',
    'format',
    'not_given',
    'redacted',
  ])
})

test('every single bit that is flipped makes the bundle red, with a finding in the line it lies in', async () => {
  const crypto = rememberingCrypto(nodeCrypto)
  const bytes = Buffer.from(bundle, 'utf8')
  const indexDigits = new Set(
    [...bytes.toString('latin1').matchAll(/"index":(?=\d)/g)].map((match) => match.index + match[0].length),
  )
  let line = 1
  for (let at = 0; at < bytes.length; at++) {
    const original = bytes[at] ?? 0
    for (let bit = 0; bit < 8; bit++) {
      bytes[at] = original ^ (1 << bit)
      const { ok, findings } = await verifyBundle(bytes, trust, crypto)
      assert.ok(!ok, `bit ${bit} of byte ${at}`)
      const isNamed = findings.some(
        ({ severity, where }) => severity === 'red' && new RegExp(`^line ${line}\\b`).test(where),
      )
      // An index is a claim about order and proof: a wrong one shows in the next line, or where the proof is checked.
      const showsElsewhere =
        indexDigits.has(at) && findings.some(({ rule }) => rule === 'index_order' || rule === 'proof_root')
      assert.ok(isNamed || showsElsewhere, `bit ${bit} of byte ${at}: line ${line} is named`)
    }
    bytes[at] = original
    if (original === 10) line++
  }
})

test('a bundle that is re-signed consistently with another key is red', async () => {
  assert.deepEqual(await redRules(resignedWithOtherKey), ['checkpoint_key'])
  assert.deepEqual(await redRules(resignedWithOtherKey, { logKeys: [checkpoints.otherVkey] }), [])
})

test('without a log key, or with a malformed one, nothing is green', async () => {
  assert.deepEqual(await redRules(bundle, { logKeys: [] }), ['log_key_missing'])
  const other = vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+')
  for (const bad of ['', 'nonsense', other, vkey.slice(0, -4), `${vkey}=`]) {
    assert.deepEqual(await redRules(bundle, { logKeys: [vkey, bad] }), ['log_key_form'], bad)
  }
})

const savedCases: readonly (readonly [what: string, note: keyof Checkpoints, rules: readonly string[]])[] = [
  ['an earlier checkpoint that the history reaches', 'atSize5', []],
  ['an earlier checkpoint whose size is a power of two', 'atSize4', []],
  ['the same checkpoint', 'atSize8', []],
  ['an earlier checkpoint that the history leaves out', 'atSize6', ['saved_unproved']],
  ['a later checkpoint: the log is truncated', 'atSize9', ['saved_ahead']],
  ['an earlier checkpoint of a fork', 'forkedAtSize5', ['saved_fork']],
  ['a checkpoint of the same size of a fork', 'forkedAtSize8', ['saved_differs']],
]

for (const [what, note, rules] of savedCases) {
  test(`against ${what}, the bundle gives [${rules.join()}]`, async () => {
    assert.deepEqual(await redRules(bundle, { ...trust, savedCheckpoint: checkpoints[note] }), rules)
  })
}

test('a saved checkpoint that is not a checkpoint, or not of this log and key, is red', async () => {
  const given = (savedCheckpoint: string) => redRules(bundle, { ...trust, savedCheckpoint })
  assert.deepEqual(await given(''), ['saved_form'])
  assert.deepEqual(await given(checkpoints.atSize5.replaceAll('log.example', 'log.elsewhere')), ['saved_key'])
  assert.deepEqual(await given(checkpoints.atSize5.replace('\n5\n', '\n3\n')), ['saved_signature'])
})

test('lines that are swapped, doubled, left out or put elsewhere are red', async () => {
  const places = lines.map((_, i) => i)
  for (const i of places) {
    assert.notDeepEqual(await redRules(joined(lines.toSpliced(i, 1))), [], `line ${i + 1} left out`)
    assert.notDeepEqual(
      await redRules(joined(lines.toSpliced(i, 0, lines[i] ?? ''))),
      [],
      `line ${i + 1} doubled`,
    )
    for (const j of places) {
      if (i === j) continue
      const moved = lines.toSpliced(i, 1).toSpliced(j, 0, lines[i] ?? '')
      assert.notDeepEqual(await redRules(joined(moved)), [], `line ${i + 1} moved to ${j + 1}`)
    }
  }
})

test('a bundle that is cut off anywhere is red', async () => {
  const bytes = Buffer.from(bundle, 'utf8')
  for (let length = 0; length < bytes.length; length += 7) {
    assert.notDeepEqual(await redRules(bytes.subarray(0, length)), [])
  }
  assert.deepEqual(await redRules(bundle.slice(0, -1)), ['line_not_ended'])
})

test('a part may be redacted by leaving it out, and the bundle stays green', async () => {
  const redacted = lines.with(2, withoutPart(lines[2], 'actor')).with(5, withoutPart(lines[5], 'subject'))
  const report = await verify(joined(redacted))
  assert.deepEqual(report.findings, [])
  assert.equal(report.summary.redactedParts, 4)
  assert.equal(report.summary.entities, undefined)
})

test("the export's output cannot be redacted", async () => {
  assert.deepEqual(await redRules(joined(lines.with(7, withoutPart(lines[7], 'output')))), [
    'export_redacted',
  ])
})

function withoutPart(line: string | undefined, part: string): string {
  const record = JSON.parse(line ?? '')
  delete (record.receipt ?? record.export).parts[part]
  return JSON.stringify(record)
}

const hostile: readonly (readonly [what: string, bytes: string | Uint8Array, rule: string])[] = [
  ['an empty file', '', 'bundle_empty'],
  ['one empty line', '\n', 'json_invalid'],
  ['ten million opening brackets', '['.repeat(10_000_000), 'json_too_deep'],
  ['a hundred thousand empty lines', '\n'.repeat(100_000), 'json_invalid'],
  ['a byte order mark', `\ufeff${bundle}`, 'utf8_invalid'],
  ['lines ended as on Windows', bundle.replaceAll('\n', '\r\n'), 'json_not_canonical'],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), 'utf8_invalid'],
  ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22, 0x0a]), 'utf8_invalid'],
  ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22, 0x0a]), 'utf8_invalid'],
  ['a line that is not an object', '[]\n', 'line_shape'],
  ['an object of no known kind', '{}\n', 'line_shape'],
  ['a huge index', bundle.replace('"index":3', '"index":1e+300'), 'line_shape'],
  ['a negative index', bundle.replace('"index":3', '"index":-3'), 'line_shape'],
  ['an index in another notation', bundle.replace('"index":3', '"index":3.0'), 'json_not_canonical'],
  ['a member twice', bundle.replace('"index":3', '"index":3,"index":3'), 'json_duplicate_key'],
  ['a member too many', bundle.replace('"index":3', '"index":3,"indices":3'), 'line_shape'],
  ['a bundle of version 2', bundle.replace('"version":1}', '"version":2}'), 'manifest_version'],
  ['a history with size 0', bundle.replace('"size":4', '"size":0'), 'history_shape'],
  ['a log of size 0', bundle.replace('\\n8\\n', '\\n0\\n'), 'checkpoint_form'],
  ['a second signature', bundle.replace(/(\u2014 [^"\\]+\\n)/, '$1$1'), 'checkpoint_form'],
  ['an extension line in the checkpoint', bundle.replace('\\n8\\n', '\\n8\\next\\n'), 'checkpoint_form'],
  ['another origin', bundle.replaceAll('log.example', 'log.elsewhere'), 'checkpoint_key'],
  ['a size beyond 2^53', bundle.replace('\\n8\\n', '\\n9999999999999999\\n'), 'checkpoint_form'],
]

for (const [what, bytes, rule] of hostile) {
  test(`${what} gives ${rule}`, async () => {
    const rules = await redRules(bytes)
    assert.ok(rules.includes(rule), rules.join())
    assert.ok(rules.length <= 200)
  })
}

test('no bytes at all make it throw', async () => {
  const piece = fc.oneof(
    fc.constantFrom(...lines),
    fc.string(),
    fc.json(),
    fc.constantFrom('\n', '\n\n', '{"receipt":{}}', '{"export":[]}'),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const text = joined(pieces)
      if (text !== bundle) assert.notDeepEqual(await redRules(text), [])
    }),
    { numRuns: 300 },
  )
})
