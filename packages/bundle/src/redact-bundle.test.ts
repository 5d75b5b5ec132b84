import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { partNames, redactBundle } from './index.ts'
import type { Redaction } from './index.ts'
import { createTestLogs } from './testing/index.ts'
import type { TestBundle } from './testing/index.ts'
import { decode } from './testing/throwaway-decoder.ts'

const documents = [
  { name: 'results/1.json', bytes: Buffer.from('{"by":"usr_ben","found":7}') },
  { name: 'notes.txt', bytes: Buffer.from('nothing of interest') },
]

function madeBundle() {
  const logs = createTestLogs()
  const runs = ['usr_ana', 'usr_ben', 'usr_ana'].map((user) => logs.recordRun({ user }))
  for (let n = 0; n < 12; n += 1) logs.record({ class: 'short' })
  const pruning = logs.prune('short', [{ from: 0, to: 5 }])
  logs.fold('short', [{ from: 6, to: 9 }])
  return { logs, runs, pruning, made: logs.bundle({ documents }) }
}

function redacted(made: TestBundle, redaction: Redaction) {
  const answer = redactBundle(made.bytes, redaction)
  assert.ok(answer.ok, JSON.stringify(answer))
  return { ...answer, found: decode(answer.bytes) }
}

/** Everything of a file that can be read, inflated. */
const textOf = (file: Buffer): string => Buffer.concat([...decode(file).raw.values()]).toString('latin1')

test('whatever is closed, every entry, root and digest stays as it was', () => {
  const { made, runs } = madeBundle()
  const before = decode(made.bytes)
  const ids = runs.flatMap((run) => [run.intent.id, run.call.id, run.denied.id, run.outcome.id])
  const redactions = fc.record({
    parts: fc.subarray([...partNames]),
    receipts: fc.subarray(ids),
    documents: fc.subarray(documents.map(({ name }) => name)),
  })
  fc.assert(
    fc.property(redactions, (redaction) => {
      const { found } = redacted(made, redaction)
      assert.deepEqual(found.roots, before.roots)
      for (const name of ['manifest', 'export', 'trailer'])
        assert.deepEqual(found.raw.get(name), before.raw.get(name))
      assert.deepEqual(
        found.groups.map(({ receipts }) =>
          receipts.map(({ index, entry }) => `${index} ${entry.toString('hex')}`),
        ),
        before.groups.map(({ receipts }) =>
          receipts.map(({ index, entry }) => `${index} ${entry.toString('hex')}`),
        ),
      )
      const isAsked = (id: string, part: string) =>
        (redaction.receipts.length === 0 || redaction.receipts.includes(id)) &&
        (redaction.parts.length === 0
          ? redaction.receipts.length > 0
          : redaction.parts.some((each) => each === part))
      for (const { entry, opened } of found.groups[0]?.receipts ?? []) {
        const id = `rct_${entry.toString('hex', 4, 20)}`
        assert.deepEqual(
          Object.keys(opened),
          partNames.filter((part) => !isAsked(id, part)),
        )
      }
    }),
    { numRuns: 60 },
  )
})

test('a part closed for all receipts leaves no value of it, but for what statements need', () => {
  const { made, pruning } = madeBundle()
  const input = redacted(made, { parts: ['input'] })
  assert.deepEqual(
    input.found.groups.flatMap(({ receipts }) =>
      receipts.flatMap(({ opened }) => ('input' in opened ? [1] : [])),
    ),
    [],
  )
  assert.deepEqual(input.kept, [])
  const output = redacted(made, { parts: ['output'] })
  assert.equal(output.kept.includes(pruning.id), true)
  assert.equal(output.kept.length, 2)
})

test('nothing of a person or a withheld document is left in the file', () => {
  const { made } = madeBundle()
  assert.match(textOf(made.bytes), /usr_ben/)
  const {
    bytes,
    receipts,
    documents: withheld,
  } = redacted(made, { person: 'usr_ben', documents: ['results/1.json'] })
  assert.doesNotMatch(textOf(bytes), /usr_ben|"found":7/)
  assert.match(textOf(bytes), /usr_ana/)
  assert.deepEqual([receipts, withheld], [4, 1])
})

test('what was closed once stays closed, and closing it again changes no byte', () => {
  const { made } = madeBundle()
  const once = redacted(made, { parts: ['actor', 'input'] })
  const again = redactBundle(once.bytes, { parts: ['input'] })
  assert.ok(again.ok)
  assert.equal(again.parts, 0)
  assert.deepEqual(again.bytes, once.bytes)
})

test('each thing that cannot be closed is named, and nothing is written', () => {
  const { logs, made, pruning } = madeBundle()
  const refused = (redaction: Redaction): readonly string[] => {
    const answer = redactBundle(made.bytes, redaction)
    assert.equal(answer.ok, false)
    return answer.ok ? [] : answer.refusals.map(({ code }) => code)
  }
  const folded = decode(made.bytes).groups.find(({ form }) => form === 'folded')?.receipts[0]
  const foldedId = `rct_${folded?.entry.toString('hex', 0, 16)}`
  assert.deepEqual(refused({ receipts: ['rct_nowhere'] }), ['receipt_absent'])
  assert.deepEqual(refused({ receipts: [foldedId] }), ['receipt_folded'])
  assert.deepEqual(refused({ receipts: [made.export.id] }), ['export_stays'])
  assert.deepEqual(refused({ receipts: [pruning.id] }), ['statement_stays', 'statement_stays'])
  assert.deepEqual(refused({ documents: ['statement/evidence.prune-0.json'] }), ['statement_stays'])
  assert.deepEqual(refused({ documents: ['nowhere.txt'] }), ['document_absent'])
  assert.deepEqual(refused({ person: 'usr_zoe' }), ['person_absent'])
  assert.deepEqual(refused({ person: 'usr_ben' }), ['person_in_document'])
  assert.deepEqual(refused({ person: 'usr_eva' }), ['person_in_export'])
  const named = logs.bundle({ scope: { case: 'case of usr_ana' } })
  const answer = redactBundle(named.bytes, { person: 'usr_ana' })
  assert.deepEqual(answer.ok ? [] : answer.refusals.map(({ code }) => code), ['person_in_manifest'])
})
