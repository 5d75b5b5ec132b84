import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCrypto } from './node-crypto.ts'
import { readVector, type Checkpoints } from './testing/vectors.ts'
import { verifyReceipt } from './verify-receipt.ts'

const { vkey, receipt } = readVector<{ readonly vkey: string; readonly receipt: string }>('receipt')
const checkpoints = readVector<Checkpoints>('checkpoints')

async function redRules(
  text: string | Uint8Array,
  logKeys = [vkey],
  savedCheckpoint?: string,
): Promise<readonly string[]> {
  const given = savedCheckpoint === undefined ? { logKeys } : { logKeys, savedCheckpoint }
  const report = await verifyReceipt(Buffer.from(text), given, nodeCrypto)
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
