import { isBundle2 } from './bundle2/file-layout.ts'
import { verifyBundle2 } from './bundle2/verify-bundle2.ts'
import { sameBytes, toHex } from './bytes.ts'
import type { Checkpoint, LogKey } from './checkpoint.ts'
import type { Crypto } from './crypto.ts'
import { Findings } from './findings.ts'
import { Line } from './line.ts'
import { readManifest, type Manifest } from './manifest.ts'
import { multiproofRoot } from './multiproof.ts'
import { ReceiptReader, type Receipt } from './receipt-reader.ts'
import { ReceiptSet } from './receipt-set.ts'
import type { BundleReport, Checked, NotChecked } from './report.ts'
import type { Check } from './rules.ts'
import { hasExactly } from './shape.ts'
import { splitLines } from './split-lines.ts'
import { SummaryBuilder } from './summary.ts'
import type { Trust } from './trust.ts'
import { verifyAttestations } from './verify-attestations.ts'
import { DocumentReader } from './verify-documents.ts'
import {
  readLogKeys,
  readProof,
  savedNotes,
  verifyCheckpoint,
  verifyHistory,
  verifySavedCheckpoint,
} from './verify-log.ts'
import { PackageMentions, verifyTotals } from './verify-totals.ts'

/**
 * Verifies an evidence bundle, of version 2 or 1, by every rule of docs/reference/evidence-bundle.md or evidence-format.md. Never throws on hostile bytes: what is
 * wrong is a finding that names line, thing and rule. Memory is linear in the file, which may have up to 1 GiB.
 */
export async function verifyBundle(bytes: Uint8Array, trust: Trust, crypto: Crypto): Promise<BundleReport> {
  // A line of version 1 begins with {: no file is both.
  if (isBundle2(bytes)) return verifyBundle2(bytes, trust, crypto)
  const verification = new BundleVerification(trust, crypto)
  for (const raw of splitLines(bytes, verification.findings)) {
    const line = Line.read(raw.number, raw.bytes, verification.findings)
    verification.readLine(raw.number, line)
  }
  return verification.finish()
}

const stages = ['manifest', 'receipt', 'document', 'export', 'trailer'] as const
type Stage = (typeof stages)[number]

class BundleVerification {
  readonly findings = new Findings()
  readonly #crypto: Crypto
  readonly #trust: Trust
  readonly #keys: readonly LogKey[]
  readonly #reader: ReceiptReader
  readonly #set = new ReceiptSet(this.findings)
  readonly #totals = new SummaryBuilder()
  readonly #mentions = new PackageMentions()
  readonly #notChecked: NotChecked[] = []
  #documents: DocumentReader
  #stage = -1
  #lines = 0
  #unreadable = 0
  #receiptCount = 0
  #manifest: Manifest | undefined
  #manifestLine: Line | undefined
  #export: Receipt | undefined
  #trailer: Line | undefined

  constructor(trust: Trust, crypto: Crypto) {
    this.#crypto = crypto
    this.#trust = trust
    this.#keys = readLogKeys(trust.logKeys, crypto, this.findings)
    this.#reader = new ReceiptReader(crypto, this.findings)
    this.#documents = new DocumentReader(undefined, crypto, this.findings)
  }

  readLine(number: number, line: Line | undefined): void {
    this.#lines = number
    if (line === undefined) {
      this.#unreadable++
      return
    }
    const stage = stageOf(line)
    if (stage === undefined) {
      this.#unreadable++
      this.findings.red(
        `line ${number}`,
        'line_shape',
        'The line is no manifest, receipt, document, export or trailer.',
      )
      return
    }
    if (!this.#mayFollow(stage, number)) {
      const before = stages[this.#stage] ?? 'beginning'
      this.findings.red(
        `line ${number}`,
        'line_unexpected',
        `A ${stage} cannot stand here, after the ${before}.`,
      )
      // A second manifest, export or trailer would overwrite what was read; receipts and documents are still worth checking.
      if (stage !== 'receipt' && stage !== 'document') return
    }
    this.#stage = Math.max(this.#stage, stages.indexOf(stage))
    switch (stage) {
      case 'manifest':
        this.#manifestLine = line
        this.#manifest = readManifest(line.value, this.findings)
        this.#documents = new DocumentReader(this.#manifest, this.#crypto, this.findings)
        return
      case 'receipt':
        return this.#readReceipt(line)
      case 'document':
        return this.#documents.read(line)
      case 'export':
        this.#export = this.#reader.read(line, line.value.export, 'export')
        if (this.#export) this.#set.add(this.#export)
        else this.#unreadable++
        return
      case 'trailer':
        this.#trailer = line
    }
  }

  async finish(): Promise<BundleReport> {
    const { findings } = this
    this.#set.finish()
    if (this.#manifest === undefined) {
      if (this.#manifestLine === undefined)
        findings.red('line 1', 'manifest_missing', 'The bundle has no readable manifest.')
      this.#skip('totals, documents and packages', 'the manifest cannot be read', 'red')
    } else {
      this.#documents.finish()
      const receiptLeaves = this.#set.leaves.slice(0, this.#receiptCount)
      verifyTotals(this.#manifest, receiptLeaves, this.#totals, this.#crypto, findings)
      this.#mentions.check(this.#manifest, findings)
    }
    this.#verifyExport()
    const checkpoint = await this.#verifyTrailer()
    const attested = await this.#verifyAttestations()
    this.#skip(
      'that nothing was left unrecorded',
      'version 1 proves that what is here is unaltered, not that it is all',
      'format',
    )
    const summary = this.#totals.summary(this.#set.nestedCalls, checkpoint?.size)
    if (summary.redactedParts > 0) {
      this.#skip(
        `${summary.redactedParts} redacted parts`,
        'left out of the bundle; their commitments are in the log',
        'redacted',
      )
    }
    const about = this.#manifest && {
      kind: this.#manifest.kind,
      scope: this.#manifest.scope,
      origin: this.#manifest.origin,
      createdAt: this.#manifest.createdAt,
    }
    return {
      ok: findings.ok,
      findings: findings.list(),
      checked: this.#checked(checkpoint, attested),
      notChecked: this.#notChecked,
      summary,
      logs: [],
      about,
    }
  }

  #mayFollow(stage: Stage, number: number): boolean {
    const rank = stages.indexOf(stage)
    if (stage === 'manifest') return number === 1
    const repeats = stage === 'receipt' || stage === 'document'
    return rank > this.#stage || (repeats && rank === this.#stage)
  }

  #readReceipt(line: Line): void {
    const receipt = this.#reader.read(line, line.value.receipt, 'receipt')
    if (receipt === undefined) {
      this.#unreadable++
      return
    }
    // After an export line that came too early, a receipt is reported and kept out of the counts the manifest speaks of.
    if (this.#export === undefined) this.#receiptCount++
    this.#set.add(receipt)
    this.#totals.add(receipt)
    this.#mentions.add(receipt)
    this.#checkPeriod(receipt)
  }

  #checkPeriod({ entry, where }: Receipt): void {
    if (this.#manifest?.kind !== 'period' || entry === undefined) return
    const { fromAt, toAt } = this.#manifest.scope
    if (entry.at >= Number(fromAt) && entry.at < Number(toAt)) return
    this.findings.red(where, 'manifest_scope', 'Its time lies outside the period that the manifest states.')
  }

  #verifyExport(): void {
    const { findings } = this
    const receipt = this.#export
    if (receipt === undefined) {
      findings.red(
        'after the documents',
        'export_missing',
        "The bundle does not hold its own export's receipt: nothing vouches for the manifest.",
      )
      return
    }
    const { where, entry, parts } = receipt
    if (entry !== undefined && (entry.phase === 'intent' || entry.decision !== 'allowed')) {
      findings.red(where, 'export_decision', 'The export must be an effect or outcome that was allowed.')
    }
    if (parts.subject === undefined)
      findings.red(`${where}, part subject`, 'export_redacted', "The export's subject must be opened.")
    else if (parts.subject.operation !== 'evidence.export') {
      findings.red(`${where}, part subject`, 'export_operation', 'The operation must be evidence.export.')
    }
    if (parts.output === undefined)
      findings.red(`${where}, part output`, 'export_redacted', "The export's output must be opened.")
    else if (this.#manifestLine !== undefined) {
      const { sha256, bytes } = parts.output
      const manifestBytes = this.#manifestLine.bytes
      if (
        !hasExactly(parts.output, ['bytes', 'sha256']) ||
        bytes !== manifestBytes.length ||
        sha256 !== toHex(this.#crypto.sha256(manifestBytes))
      ) {
        findings.red(
          'line 1, manifest',
          'export_manifest',
          "The manifest is not the one the export's receipt speaks of: it is altered.",
        )
      }
    }
  }

  async #verifyTrailer(): Promise<Checkpoint | undefined> {
    const { findings } = this
    const line = this.#trailer
    if (line === undefined) {
      findings.red(
        `after line ${this.#lines}`,
        'trailer_missing',
        'The bundle has no readable trailer: nothing proves that the receipts are in a log.',
      )
      this.#skip('inclusion in the log, checkpoint and history', 'there is no trailer', 'red')
      return undefined
    }
    const { checkpoint: note, proof, history } = line.value
    const { where } = line
    const checkpoint = await verifyCheckpoint(
      note,
      this.#keys,
      `${where}, checkpoint`,
      this.#crypto,
      findings,
    )
    if (checkpoint === undefined) {
      this.#skip('inclusion in the log and history', 'the checkpoint cannot be read', 'red')
      return undefined
    }
    if (this.#manifest !== undefined && this.#manifest.origin !== checkpoint.origin) {
      const message = `The checkpoint is of the log ${checkpoint.origin}, the manifest speaks of ${JSON.stringify(this.#manifest.origin.slice(0, 80))}.`
      findings.red(`${where}, checkpoint`, 'checkpoint_origin', message)
    }
    this.#verifyInclusion(proof, checkpoint, `${where}, proof`)
    const proved = verifyHistory(history, checkpoint, `${where}, history`, this.#crypto, findings)
    const saved = savedNotes(this.#trust.savedCheckpoint)
    if (saved.length === 0) {
      this.#skip('that the log continues one seen before', 'no saved checkpoint was given', 'not_given')
    }
    for (const note of saved)
      await verifySavedCheckpoint(note, checkpoint, proved, this.#keys, this.#crypto, findings)
    return checkpoint
  }

  #verifyInclusion(value: Line['value'][string] | undefined, checkpoint: Checkpoint, where: string): void {
    const proof = readProof(value)
    if (proof === undefined)
      return this.findings.red(
        where,
        'proof_base64',
        'The proof must be a list of hashes of 32 bytes in base64.',
      )
    if (this.#unreadable > 0)
      return this.#skip('inclusion in the log', `${this.#unreadable} lines cannot be read`, 'red')
    if (this.findings.failed('order'))
      return this.#skip('inclusion in the log', 'the receipts are not in order', 'red')
    const known = { indices: this.#set.indices, hashes: this.#set.leaves }
    const computed = multiproofRoot(this.#crypto, checkpoint.size, known, proof)
    if (!computed.ok)
      return this.findings.red(where, computed.rule, `The proof does not fit: ${computed.message}.`)
    if (sameBytes(computed.root, checkpoint.root)) return
    const receiptsHold = !this.findings.failed('entries', 'totals')
    const cause = receiptsHold
      ? 'proof, index or root is altered, or the receipts are of another log'
      : 'see the receipts reported above'
    this.findings.red(
      where,
      'proof_root',
      `Receipts and proof do not lead to the checkpoint's root: ${cause}.`,
    )
  }

  async #verifyAttestations(): Promise<number> {
    if (this.#manifest === undefined) return 0
    const keys = this.#trust.publisherKeys ?? []
    const result = await verifyAttestations(this.#manifest, this.#documents.attestations, keys, this.findings)
    this.#notChecked.push(...result.notChecked)
    return result.checked
  }

  #checked(checkpoint: Checkpoint | undefined, attested: number): readonly Checked[] {
    const result = (...checks: readonly Check[]) => (this.findings.failed(...checks) ? 'failed' : 'ok')
    const checked: Checked[] = [
      { what: 'lines are canonical and in place', count: this.#lines, result: result('lines') },
      {
        what: 'receipts: entries, order and parents',
        count: this.#receiptCount,
        result: result('entries', 'order'),
      },
      {
        what: 'opened parts fit their commitments',
        count: this.#reader.openedParts,
        result: result('parts'),
      },
      { what: 'manifest fits receipts and sums', count: 1, result: result('manifest', 'totals') },
      { what: 'documents fit the manifest', count: this.#documents.count, result: result('documents') },
      { what: "manifest is the one the export's receipt names", count: 1, result: result('export') },
    ]
    if (checkpoint === undefined) return checked
    const wasProved = this.#unreadable === 0 && !this.findings.failed('order')
    if (wasProved)
      checked.push({
        what: 'receipts are in the log',
        count: this.#set.leaves.length,
        result: result('proof'),
      })
    if (this.#keys.length > 0)
      checked.push({
        what: `checkpoint of ${checkpoint.origin} is signed by a key given`,
        count: 1,
        result: result('checkpoint'),
      })
    checked.push({
      what: 'earlier checkpoints lead to this one',
      count: this.#trailer ? historyLength(this.#trailer) : 0,
      result: result('history'),
    })
    if (this.#trust.savedCheckpoint !== undefined)
      checked.push({ what: 'the log continues the saved checkpoint', count: 1, result: result('saved') })
    if (attested > 0)
      checked.push({
        what: "publishers' signatures of packages",
        count: attested,
        result: result('attestations'),
      })
    return checked
  }

  #skip(what: string, why: string, because: NotChecked['because']): void {
    this.#notChecked.push({ what, why, because })
  }
}

function historyLength(trailer: Line): number {
  const { history } = trailer.value
  return Array.isArray(history) ? history.length : 0
}

function stageOf({ value }: Line): Stage | undefined {
  // A manifest's own members are checked one by one later, so that a finding can name the one that is wrong.
  if ('bundle' in value) return 'manifest'
  if (hasExactly(value, ['receipt'])) return 'receipt'
  if (hasExactly(value, ['document'])) return 'document'
  if (hasExactly(value, ['export'])) return 'export'
  return hasExactly(value, ['checkpoint', 'history', 'proof']) ? 'trailer' : undefined
}
