import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogs } from '@switchboard/bundle/testing'
import { nodeCrypto } from './node-crypto.ts'
import { rememberingCrypto } from './testing/remembering-crypto.ts'
import { readVector, type Checkpoints } from './testing/vectors.ts'
import { traceReceipt } from './trace-receipt.ts'
import { verifyReceipt } from './verify-receipt.ts'

const { vkey, receipt } = readVector<{ readonly vkey: string; readonly receipt: string }>('receipt')
const checkpoints = readVector<Checkpoints>('checkpoints')

const crypto = rememberingCrypto(nodeCrypto)

async function redRules(
  text: string | Uint8Array,
  logKeys = [vkey],
  savedCheckpoint?: string,
): Promise<readonly string[]> {
  const given = savedCheckpoint === undefined ? { logKeys } : { logKeys, savedCheckpoint }
  const report = await verifyReceipt(Buffer.from(text), given, crypto)
  const rules = report.findings.filter((finding) => finding.severity === 'red').map((finding) => finding.rule)
  assert.equal(report.ok, rules.length === 0)
  return rules
}

test('the published receipt is green', async () => {
  assert.deepEqual(await redRules(receipt), [])
})

test('every single bit that is flipped makes the receipt red', async () => {
  const bytes = Buffer.from(receipt)
  for (let at = 0; at < bytes.length; at++) {
    const original = bytes[at] ?? 0
    for (let bit = 0; bit < 8; bit++) {
      bytes[at] = original ^ (1 << bit)
      assert.notDeepEqual(await redRules(bytes), [], `bit ${bit} of byte ${at}`)
    }
    bytes[at] = original
  }
})

test('a receipt under another key, without a key, or twice in a file is red', async () => {
  assert.deepEqual(await redRules(receipt, [checkpoints.otherVkey]), ['checkpoint_key'])
  assert.deepEqual(await redRules(receipt, []), ['log_key_missing'])
  assert.deepEqual(await redRules(receipt + receipt), ['line_unexpected'])
  assert.deepEqual(await redRules(''), ['bundle_empty'])
})

test('a saved checkpoint of the same size is compared, an earlier one cannot be proved by one receipt', async () => {
  assert.deepEqual(await redRules(receipt, [vkey], checkpoints.atSize8), [])
  assert.deepEqual(await redRules(receipt, [vkey], checkpoints.forkedAtSize8), ['saved_differs'])
  assert.deepEqual(await redRules(receipt, [vkey], checkpoints.atSize5), ['saved_unproved'])
})

/** A receipt of a log below its key's name, in a class of its own, cosigned, and done after an approval. */
function approvedReceipt(by: readonly string[]) {
  const logs = createTestLogs()
  const witness = logs.addWitness('witness.one')
  const approvals = [{ task: 'tsk_1', by }]
  const made = logs.record({ class: 'long', user: 'usr_ana', parts: { policy: { approvals } } })
  for (let i = 0; i < 4; i++) logs.record({ class: 'long' })
  return { file: Buffer.from(logs.receiptFile(made)), logKeys: logs.logKeys, witness }
}

test('a cosigned receipt of any class is green, and its witness counted', async () => {
  const { file, logKeys, witness } = approvedReceipt(['usr_rita'])
  const given = { logKeys, witnessKeys: [witness], witnessesNeeded: 1 }
  const report = await verifyReceipt(file, given, nodeCrypto)
  assert.deepEqual(report.findings, [])
  assert.ok(report.checked.some(({ what, count }) => what === "witnesses' cosignatures" && count === 1))
  const tooFew = await verifyReceipt(file, { ...given, witnessesNeeded: 2 }, nodeCrypto)
  assert.deepEqual(
    tooFew.findings.map(({ rule }) => rule),
    ['witness_quorum'],
  )
})

test('a single receipt shows that nobody approved what they asked for, and says what it cannot show', async () => {
  const { file, logKeys } = approvedReceipt(['usr_rita'])
  const report = await verifyReceipt(file, { logKeys }, nodeCrypto)
  assert.ok(report.ok)
  const unshown = report.notChecked.find(({ what }) => what.includes('approvals'))
  assert.deepEqual(unshown, {
    what: 'that 1 approvals were given by the people named',
    why: 'receipts of their decisions are not in the file',
    because: 'absent',
  })
  const alone = approvedReceipt(['usr_ana'])
  const own = await verifyReceipt(alone.file, { logKeys: alone.logKeys }, nodeCrypto)
  assert.deepEqual(
    own.findings.map(({ rule }) => rule),
    ['approval_self'],
  )
})

test('the way of the published receipt to its checkpoint ends in the root, and a damaged file has none', () => {
  const path = traceReceipt(Buffer.from(receipt), nodeCrypto)
  assert.equal(path?.steps.at(-1)?.hash, path?.root)
  assert.ok((path?.steps.length ?? 0) > 1)
  const shorter = receipt.replace(/"proof":\["[^"]+",/, '"proof":[')
  assert.equal(traceReceipt(Buffer.from(shorter), nodeCrypto), undefined)
  assert.equal(traceReceipt(Buffer.from('{}'), nodeCrypto), undefined)
})
