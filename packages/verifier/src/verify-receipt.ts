import { checkApprovalsOfReceipt } from './bundle2/check-approvals.ts'
import { checkCheckpoint } from './bundle2/check-checkpoint.ts'
import { checkSaved } from './bundle2/check-saved.ts'
import { checkCosignatures, readWitnessKeys, type WitnessTrust } from './bundle2/cosignatures.ts'
import type { TrustedKeys } from './bundle2/rotations.ts'
import type { CosignedCheckpoint } from './checkpoint.ts'
import type { Crypto } from './crypto.ts'
import { Findings } from './findings.ts'
import { Line } from './line.ts'
import { verifyInclusion } from './merkle-tree.ts'
import { ReceiptReader, type Receipt } from './receipt-reader.ts'
import type { Checked, NotChecked, ReceiptReport } from './report.ts'
import { hasExactly } from './shape.ts'
import { splitLines } from './split-lines.ts'
import { SummaryBuilder } from './summary.ts'
import type { Trust } from './trust.ts'
import { readLogKeys, readProof, savedNotes } from './verify-log.ts'

/** Verifies a file with one receipt, its inclusion proof and a checkpoint (section 9 of the format). Never throws on hostile bytes. */
export async function verifyReceipt(bytes: Uint8Array, trust: Trust, crypto: Crypto): Promise<ReceiptReport> {
  const verification = new ReceiptVerification(trust, crypto)
  const line = verification.readLine(bytes)
  if (line !== undefined) await verification.verify(line)
  return verification.report()
}

class ReceiptVerification {
  readonly #findings = new Findings()
  readonly #notChecked: NotChecked[] = []
  readonly #totals = new SummaryBuilder()
  readonly #crypto: Crypto
  readonly #trust: Trust
  readonly #trusted: TrustedKeys
  readonly #witnesses: WitnessTrust
  #logSize: number | undefined
  #cosigned = 0
  #approvals = 0

  constructor(trust: Trust, crypto: Crypto) {
    this.#trust = trust
    this.#crypto = crypto
    // One receipt brings no rotation notes: the key that signed has to be given itself.
    this.#trusted = { keys: readLogKeys(trust.logKeys, crypto, this.#findings), retired: new Map() }
    this.#witnesses = {
      keys: readWitnessKeys(trust.witnessKeys ?? [], crypto, this.#findings),
      needed: trust.witnessesNeeded ?? 0,
      now: trust.now,
    }
  }

  readLine(bytes: Uint8Array): Line | undefined {
    let only: Line | undefined
    for (const raw of splitLines(bytes, this.#findings)) {
      if (raw.number > 1) {
        this.#findings.red('line 2', 'line_unexpected', 'A receipt file has one line.')
        break
      }
      only = Line.read(1, raw.bytes, this.#findings)
      if (only === undefined || hasExactly(only.value, ['checkpoint', 'proof', 'receipt'])) continue
      const message = 'A receipt file has checkpoint, proof and receipt, and nothing else.'
      this.#findings.red('line 1', 'line_shape', message)
      only = undefined
    }
    return only
  }

  async verify(line: Line): Promise<void> {
    const receipt = new ReceiptReader(this.#crypto, this.#findings).read(
      line,
      line.value.receipt,
      'receipt',
      'any',
    )
    if (receipt !== undefined) this.#addReceipt(receipt)
    const where = 'line 1, checkpoint'
    const { checkpoint: note } = line.value
    const checkpoint = await checkCheckpoint(
      note,
      undefined,
      this.#trusted,
      where,
      this.#crypto,
      this.#findings,
    )
    this.#logSize = checkpoint?.size
    if (checkpoint !== undefined) await this.#checkWitnesses(checkpoint, where)
    const proof = readProof(line.value.proof)
    if (proof === undefined) {
      const message = 'The proof must be a list of hashes of 32 bytes in base64.'
      this.#findings.red('line 1, proof', 'proof_base64', message)
    }
    if (receipt === undefined || checkpoint === undefined || proof === undefined) {
      this.#skip('inclusion in the log', 'receipt, proof or checkpoint cannot be read', 'red')
      return
    }
    const { index, leaf } = receipt
    const claim = { index, size: checkpoint.size, leaf, root: checkpoint.root, proof }
    if (!verifyInclusion(this.#crypto, claim)) {
      const message = "Receipt, index and proof do not lead to the checkpoint's root."
      this.#findings.red('line 1, proof', 'proof_root', message)
    }
    const notes = savedNotes(this.#trust.savedCheckpoint)
    const logs = [{ checkpoint, history: new Map<number, Uint8Array>() }]
    const saved = await checkSaved(notes, logs, this.#trusted, this.#crypto, this.#findings)
    this.#notChecked.push(...saved.notChecked)
  }

  report(): ReceiptReport {
    const findings = this.#findings
    const summary = this.#totals.summary(0, this.#logSize)
    if (summary.redactedParts > 0) {
      const why = 'left out of the file; their commitments are in the log'
      this.#skip(`${summary.redactedParts} redacted parts`, why, 'redacted')
    }
    const checked: Checked[] = [
      {
        what: 'receipt and its opened parts',
        count: summary.receipts,
        result: findings.failed('lines', 'entries', 'parts') ? 'failed' : 'ok',
      },
      {
        what: 'the receipt is in the log of a signed checkpoint',
        count: this.#logSize === undefined ? 0 : 1,
        result: findings.failed('proof', 'checkpoint', 'saved') ? 'failed' : 'ok',
      },
    ]
    if (this.#witnesses.keys.length > 0) {
      const result = findings.failed('witnesses') ? 'failed' : 'ok'
      checked.push({ what: "witnesses' cosignatures", count: this.#cosigned, result })
    }
    if (this.#approvals > 0) {
      const result = findings.failed('approvals') ? 'failed' : 'ok'
      checked.push({ what: 'approvals: by others than who asked', count: this.#approvals, result })
    }
    return {
      ok: findings.ok,
      findings: findings.list(),
      checked,
      notChecked: this.#notChecked,
      summary,
    }
  }

  #addReceipt(receipt: Receipt): void {
    this.#totals.add(receipt)
    const { policy, actor } = receipt.parts
    const where = `${receipt.where}, part policy`
    const { checked, notChecked } = checkApprovalsOfReceipt(policy, actor, where, this.#findings)
    this.#approvals = checked
    this.#notChecked.push(...notChecked)
  }

  async #checkWitnesses(checkpoint: CosignedCheckpoint, where: string): Promise<void> {
    const cosignatures = await checkCosignatures(
      checkpoint,
      this.#witnesses,
      where,
      this.#crypto,
      this.#findings,
    )
    this.#cosigned = cosignatures.valid.length
    for (const name of cosignatures.unknown)
      this.#skip(`cosignature of ${name}`, 'its key was not given', 'not_given')
  }

  #skip(what: string, why: string, because: NotChecked['because']): void {
    this.#notChecked.push({ what, why, because })
  }
}
