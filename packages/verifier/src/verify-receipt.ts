import type { Crypto } from './crypto.ts'
import { Findings } from './findings.ts'
import { Line } from './line.ts'
import { verifyInclusion } from './merkle-tree.ts'
import { ReceiptReader } from './receipt-reader.ts'
import type { NotChecked, ReceiptReport } from './report.ts'
import { hasExactly } from './shape.ts'
import { splitLines } from './split-lines.ts'
import { SummaryBuilder } from './summary.ts'
import type { Trust } from './verify-bundle.ts'
import { readLogKeys, readProof, verifyCheckpoint, verifySavedCheckpoint } from './verify-log.ts'

/** Verifies a file with one receipt, its inclusion proof and a checkpoint (section 9 of the format). Never throws on hostile bytes. */
export function verifyReceipt(bytes: Uint8Array, trust: Trust, crypto: Crypto): ReceiptReport {
  const findings = new Findings()
  const notChecked: NotChecked[] = []
  const keys = readLogKeys(trust.logKeys, crypto, findings)
  const reader = new ReceiptReader(crypto, findings)
  const totals = new SummaryBuilder()
  let logSize: number | undefined
  for (const raw of splitLines(bytes, findings)) {
    if (raw.number > 1) {
      findings.red('line 2', 'line_unexpected', 'A receipt file has one line.')
      break
    }
    const line = Line.read(1, raw.bytes, findings)
    if (line === undefined) continue
    if (!hasExactly(line.value, ['checkpoint', 'proof', 'receipt'])) {
      findings.red(
        'line 1',
        'line_shape',
        'A receipt file has checkpoint, proof and receipt, and nothing else.',
      )
      continue
    }
    const receipt = reader.read(line, line.value.receipt, 'receipt')
    if (receipt) totals.add(receipt)
    const checkpoint = verifyCheckpoint(line.value.checkpoint, keys, 'line 1, checkpoint', crypto, findings)
    logSize = checkpoint?.size
    const proof = readProof(line.value.proof)
    if (proof === undefined) {
      findings.red(
        'line 1, proof',
        'proof_base64',
        'The proof must be a list of hashes of 32 bytes in base64.',
      )
    }
    if (receipt === undefined || checkpoint === undefined || proof === undefined) {
      notChecked.push({
        what: 'inclusion in the log',
        why: 'receipt, proof or checkpoint cannot be read',
        because: 'red',
      })
      continue
    }
    const claim = {
      index: receipt.index,
      size: checkpoint.size,
      leaf: receipt.leaf,
      root: checkpoint.root,
      proof,
    }
    if (!verifyInclusion(crypto, claim)) {
      findings.red(
        'line 1, proof',
        'proof_root',
        "Receipt, index and proof do not lead to the checkpoint's root.",
      )
    }
    if (trust.savedCheckpoint !== undefined) {
      verifySavedCheckpoint(trust.savedCheckpoint, checkpoint, new Map(), keys, crypto, findings)
    }
  }
  if (trust.savedCheckpoint === undefined) {
    notChecked.push({
      what: 'that the log continues one seen before',
      why: 'no saved checkpoint was given',
      because: 'not_given',
    })
  }
  const summary = totals.summary(0, logSize)
  if (summary.redactedParts > 0) {
    const why = 'left out of the file; their commitments are in the log'
    notChecked.push({ what: `${summary.redactedParts} redacted parts`, why, because: 'redacted' })
  }
  const result = findings.failed('lines', 'entries', 'parts') ? 'failed' : 'ok'
  const logResult = findings.failed('proof', 'checkpoint', 'saved') ? 'failed' : 'ok'
  return {
    ok: findings.ok,
    findings: findings.list(),
    checked: [
      { what: 'receipt and its opened parts', count: summary.receipts, result },
      {
        what: 'the receipt is in the log of a signed checkpoint',
        count: logSize === undefined ? 0 : 1,
        result: logResult,
      },
    ],
    notChecked,
    summary,
  }
}
