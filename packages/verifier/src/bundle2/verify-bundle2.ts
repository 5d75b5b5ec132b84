import { joinBytes, toHex } from '../bytes.ts'
import type { Json, JsonObject } from '../canonical-json.ts'
import type { Checkpoint, CosignedCheckpoint } from '../checkpoint.ts'
import type { Crypto } from '../crypto.ts'
import { Findings } from '../findings.ts'
import type { ReceiptHasher } from '../hashing/hasher.ts'
import { receiptHasher } from '../hashing/receipt-hasher.ts'
import { Line } from '../line.ts'
import type { BundleReport, LogReport, NotChecked } from '../report.ts'
import type { Check } from '../rules.ts'
import { hasExactly, isList, isObject } from '../shape.ts'
import { verifyAttestations } from '../verify-attestations.ts'
import type { Trust } from '../trust.ts'
import { readLogKeys, savedNotes, verifyHistory, type History } from '../verify-log.ts'
import { comparePerfCost } from '../verify-totals.ts'
import { checkApprovals } from './check-approvals.ts'
import { checkCheckpoint } from './check-checkpoint.ts'
import { checkCompleteness } from './check-completeness.ts'
import { checkDocuments, notCheckedDocuments, type Documents } from './check-documents.ts'
import { checkEntries } from './check-entries.ts'
import { checkExport, readExport, type ExportReceipt } from './check-export.ts'
import { checkFolds } from './check-folds.ts'
import { checkInclusion, type KnownOfLog } from './check-inclusion.ts'
import { checkGroupOrder, checkParents } from './check-order.ts'
import { checkParts } from './check-parts.ts'
import { checkSaved, type ProvedLog } from './check-saved.ts'
import { checkStatements, type Stated, type StatedOfLog } from './check-statements.ts'
import { checkCosignatures, readWitnessKeys, type Cosignatures, type WitnessTrust } from './cosignatures.ts'
import { readFileLayout, type Section } from './file-layout.ts'
import { readGroup, type Group, type KindsOfParts } from './group.ts'
import { Kinds } from './kinds.ts'
import { classesInOrder, readManifest2, type Manifest2, type ManifestLog } from './manifest2.ts'
import { nameOfRow, Receipts, type CheckedGroup } from './receipts.ts'
import { followRotations, type TrustedKeys } from './rotations.ts'
import { readSection } from './section-content.ts'
import { orderSections, type OrderedSections } from './section-order.ts'
import { Totals2, type Period } from './totals2.ts'

/**
 * Verifies a bundle of version 2 by every check of docs/reference/evidence-bundle.md. Never throws on hostile bytes: what
 * is wrong is a finding that names section, receipt, part or log, and the rule.
 */
export async function verifyBundle2(bytes: Uint8Array, trust: Trust, crypto: Crypto): Promise<BundleReport> {
  return new Bundle2Verification(trust, crypto, await receiptHasher(crypto)).verify(bytes)
}

const noDocuments: Documents = { count: 0, attestations: new Map(), statements: new Map(), withheld: [] }
const nothingStated: StatedOfLog = { pruned: [], folded: [] }

/** What the trailer proved of one log. */
interface VerifiedLog {
  readonly checkpoint: CosignedCheckpoint
  readonly history: History
  readonly historyLength: number
  readonly cosignatures: Cosignatures
}

class Bundle2Verification {
  readonly #findings = new Findings()
  readonly #crypto: Crypto
  readonly #hasher: ReceiptHasher
  readonly #trust: Trust
  readonly #notChecked: NotChecked[] = []
  readonly #checked: { readonly what: string; readonly count: number; readonly checks: readonly Check[] }[] =
    []
  readonly #kinds = kindsOfParts()
  #manifest: Manifest2 | undefined
  #manifestBytes: Uint8Array | undefined
  #totals = new Totals2(undefined)
  #unreadableGroups = 0

  constructor(trust: Trust, crypto: Crypto, hasher: ReceiptHasher) {
    this.#crypto = crypto
    this.#trust = trust
    this.#hasher = hasher
  }

  async verify(bytes: Uint8Array): Promise<BundleReport> {
    const given = readLogKeys(this.#trust.logKeys, this.#crypto, this.#findings)
    const witnesses: WitnessTrust = {
      keys: readWitnessKeys(this.#trust.witnessKeys ?? [], this.#crypto, this.#findings),
      needed: this.#trust.witnessesNeeded ?? 0,
      now: this.#trust.now,
    }
    const layout = readFileLayout(bytes, this.#findings)
    if (layout === undefined) {
      this.#skip('everything in the file', 'its sections cannot be told apart', 'red')
      return this.#report(0, [])
    }
    const sections = orderSections(layout, this.#findings)
    await this.#readManifest(sections.manifest)
    const receipts = await this.#readGroups(sections)
    const documents = await this.#readDocuments(sections)
    const exported = await this.#readExport(sections.export, receipts)
    this.#addChecked('sections are in place and whole', layout.length, 'file', 'lines')
    this.#addChecked('receipts: entries, order and parents', receipts.count, 'groups', 'entries', 'order')
    const nestedCalls = this.#checkOrder(receipts, exported)
    const opened = receipts.groups
      .flatMap(({ parts }) => parts)
      .reduce((sum, part) => sum + part.openedCount, 0)
    this.#addChecked('opened parts fit their commitments and decisions', opened, 'entries', 'parts')
    await this.#checkManifestAgainst(receipts)
    this.#addChecked('documents fit the manifest', documents.count, 'documents')
    this.#addChecked("manifest is the one the export's receipt names", 1, 'export')
    const stated = this.#checkStatements(documents, receipts)
    await this.#checkFolds(receipts, stated)
    const logs = await this.#checkTrailer(sections.trailer, given, witnesses, receipts, exported, stated)
    this.#checkCompleteness(receipts, exported, stated, logs)
    this.#checkApprovals(receipts)
    await this.#checkAttestations(documents)
    return this.#report(nestedCalls, this.#describeLogs(receipts, documents, stated, logs))
  }

  async #readManifest(section: Section | undefined): Promise<void> {
    const bytes = section && (await readSection(section, this.#crypto, this.#findings))
    const line = bytes && Line.readText('section manifest', bytes, 0, this.#findings)
    this.#manifestBytes = bytes
    this.#manifest = line && readManifest2(line.value, this.#findings)
    if (this.#manifest !== undefined) {
      this.#totals = new Totals2(periodOf(this.#manifest))
      return
    }
    if (bytes === undefined)
      this.#findings.red('section manifest', 'manifest_missing', 'The bundle has no readable manifest.')
    this.#skip('totals, documents, statements and packages', 'the manifest cannot be read', 'red')
  }

  async #readGroups({ groups }: OrderedSections): Promise<Receipts> {
    const checked: CheckedGroup[] = []
    const read: Group[] = []
    let first = 0
    // The next group is inflated by other threads while this one is hashed.
    let next = groups[0] && this.#readGroup(groups[0])
    for (const [i] of groups.entries()) {
      const group = await next
      const following = groups[i + 1]
      next = following && this.#readGroup(following)
      if (group === undefined) {
        this.#unreadableGroups++
        continue
      }
      read.push(group)
      checked.push(this.#checkGroup(group, first))
      first += group.count
    }
    checkGroupOrder(read, this.#findings)
    return new Receipts(checked)
  }

  #readGroup(sections: OrderedSections['groups'][number]): Promise<Group | undefined> {
    return readGroup(sections, this.#manifest?.logs, this.#kinds, this.#crypto, this.#findings)
  }

  #checkGroup(group: Group, first: number): CheckedGroup {
    if (group.form === 'full') this.#hasher.hashLeaves(group, group.leaves)
    const retentionClass = this.#manifest?.logs[group.log]?.class
    const broken = checkEntries(group, retentionClass ?? 'any', this.#findings)
    const checked = { ...group, class: retentionClass ?? 'standard', first, broken }
    checkParts(group, broken, (row) => nameOfRow(checked, row), this.#findings)
    this.#totals.addGroup(checked)
    return checked
  }

  async #readDocuments({ documents }: OrderedSections): Promise<Documents> {
    if (this.#manifest === undefined) return noDocuments
    const read = await checkDocuments(this.#manifest, documents, this.#crypto, this.#findings)
    this.#notChecked.push(...notCheckedDocuments(read))
    return read
  }

  async #readExport(section: Section | undefined, receipts: Receipts): Promise<ExportReceipt | undefined> {
    const bytes = section && (await readSection(section, this.#crypto, this.#findings))
    const exported = bytes && readExport(bytes, this.#manifest, this.#crypto, this.#findings)
    if (exported === undefined) {
      const message = "The bundle does not hold its own export's receipt: nothing vouches for the manifest."
      this.#findings.red('section export', 'export_missing', message)
      return undefined
    }
    const lastIndex = receipts.ofLog(exported.log).at(-1)?.indices.at(-1)
    checkExport(exported, this.#manifestBytes, lastIndex, this.#crypto, this.#findings)
    return exported
  }

  #checkOrder(receipts: Receipts, exported: ExportReceipt | undefined): number {
    const place = exported?.entry && {
      log: exported.log,
      index: exported.index,
      entry: exported.entry,
      where: exported.where,
    }
    return checkParents(receipts, place, this.#findings).nestedCalls
  }

  async #checkManifestAgainst(receipts: Receipts): Promise<void> {
    const manifest = this.#manifest
    if (manifest === undefined) return
    const where = 'section manifest'
    for (const [i, log] of manifest.logs.entries()) {
      const groups = receipts.ofLog(i)
      const count = groups.reduce((sum, group) => sum + group.count, 0)
      if (count !== log.count) {
        const message = `The manifest counts ${log.count} receipts of ${log.origin}, the bundle has ${count}.`
        this.#findings.red(`${where}, log ${log.origin}, count`, 'manifest_count', message)
      }
      const joined = joinBytes(...groups.map(({ leaves }) => leaves))
      if (toHex(await this.#crypto.sha256OfLarge(joined)) !== log.sha256) {
        const message = `The receipts of ${log.origin} are not those the manifest was made for: altered, exchanged, added or removed.`
        this.#findings.red(`${where}, log ${log.origin}, sha256`, 'manifest_receipts', message)
      }
    }
    comparePerfCost(where, manifest, this.#totals.perfCost(), this.#totals.hiddenOutcomes, this.#findings)
    this.#totals.mentions.check(manifest, this.#findings)
    this.#addChecked('manifest fits receipts and sums', 1, 'manifest', 'totals')
  }

  #checkStatements({ statements }: Documents, receipts: Receipts): Stated {
    if (this.#manifest === undefined) return []
    const stated = checkStatements(this.#manifest, statements, receipts, this.#crypto, this.#findings)
    if (statements.size > 0)
      this.#addChecked(
        'statements on what was pruned or folded have their receipts',
        statements.size,
        'statements',
      )
    return stated
  }

  async #checkFolds(receipts: Receipts, stated: Stated): Promise<void> {
    if (this.#manifest === undefined) return
    const folded = receipts.groups.filter(({ form }) => form === 'folded')
    for (const [i, ofLog] of stated.entries())
      await checkFolds(receipts.ofLog(i), ofLog, this.#crypto, this.#findings)
    const count = folded.reduce((sum, group) => sum + group.count, 0)
    if (count > 0) this.#addChecked('folded receipts are those their statements speak of', count, 'folds')
  }

  /** @returns what was proved of each log, by place in the manifest's list. */
  async #checkTrailer(
    section: Section | undefined,
    given: TrustedKeys['keys'],
    witnesses: WitnessTrust,
    receipts: Receipts,
    exported: ExportReceipt | undefined,
    stated: Stated,
  ): Promise<readonly (VerifiedLog | undefined)[]> {
    const trailer = await this.#readTrailer(section)
    if (trailer === undefined) {
      this.#skip('inclusion in the logs, checkpoints and history', 'there is no readable trailer', 'red')
      return []
    }
    const trusted = await followRotations(trailer.rotations, given, this.#crypto, this.#findings)
    if (trusted.count > 0)
      this.#addChecked(
        "the operator's keys replaced one another with both signatures",
        trusted.count,
        'rotations',
      )
    const logs: (VerifiedLog | undefined)[] = []
    for (const [i, each] of trailer.logs.entries()) {
      const where = `section trailer, log ${this.#manifest?.logs[i]?.origin ?? i}`
      logs.push(await this.#checkLog(each, i, where, trusted, witnesses))
    }
    for (const [i, log] of (this.#manifest?.logs ?? []).entries()) {
      const checkpoint = logs[i]?.checkpoint
      const known = this.#knownOf(i, receipts, exported, stated[i] ?? nothingStated)
      if (checkpoint === undefined)
        this.#skip(`inclusion in the log ${log.origin}`, 'its checkpoint cannot be read', 'red')
      else if (known !== undefined)
        this.#checkInclusion(
          log,
          known,
          checkpoint,
          trailer.logs[i]?.proof,
          `section trailer, log ${log.origin}, proof`,
        )
    }
    this.#addLogChecks(logs, witnesses)
    await this.#checkSaved(logs, trusted)
    return logs
  }

  async #readTrailer(
    section: Section | undefined,
  ): Promise<{ readonly logs: readonly JsonObject[]; readonly rotations: Json | undefined } | undefined> {
    const bytes = section && (await readSection(section, this.#crypto, this.#findings))
    const line = bytes && Line.readText('section trailer', bytes, 0, this.#findings)
    const logs = line?.value.logs
    const fits =
      line !== undefined &&
      hasExactly(line.value, ['logs', 'rotations']) &&
      isList(logs) &&
      logs.every((log) => isObject(log) && hasExactly(log, ['checkpoint', 'history', 'proof']))
    if (!fits) {
      const message =
        'The bundle has no trailer of logs (checkpoint, history, proof) and rotations: nothing proves that the receipts are in a log.'
      this.#findings.red('section trailer', 'trailer_missing', message)
      return undefined
    }
    if (this.#manifest !== undefined && logs.length !== this.#manifest.logs.length) {
      const message = `It has ${logs.length} logs, the manifest ${this.#manifest.logs.length}.`
      this.#findings.red('section trailer', 'trailer_missing', message)
      return undefined
    }
    return { logs: logs.filter(isObject), rotations: line.value.rotations }
  }

  async #checkLog(
    { checkpoint: note, history }: JsonObject,
    place: number,
    where: string,
    trusted: TrustedKeys,
    witnesses: WitnessTrust,
  ): Promise<VerifiedLog | undefined> {
    const origin = this.#manifest?.logs[place]?.origin
    const checkpointWhere = `${where}, checkpoint`
    const checkpoint = await checkCheckpoint(
      note,
      origin,
      trusted,
      checkpointWhere,
      this.#crypto,
      this.#findings,
    )
    if (checkpoint === undefined) return undefined
    const cosignatures = await checkCosignatures(
      checkpoint,
      witnesses,
      checkpointWhere,
      this.#crypto,
      this.#findings,
    )
    const proved = verifyHistory(history, checkpoint, `${where}, history`, this.#crypto, this.#findings)
    return { checkpoint, history: proved, historyLength: isList(history) ? history.length : 0, cosignatures }
  }

  /** `undefined`, with a reason given, when what is known of the log cannot be told. */
  #knownOf(
    log: number,
    receipts: Receipts,
    exported: ExportReceipt | undefined,
    { pruned }: StatedOfLog,
  ): KnownOfLog | undefined {
    const what = `inclusion in the log ${this.#manifest?.logs[log]?.origin ?? log}`
    if (this.#unreadableGroups > 0 || this.#findings.failed('file', 'groups')) {
      this.#skip(what, 'sections of the bundle cannot be read', 'red')
      return undefined
    }
    if (this.#findings.failed('order')) {
      this.#skip(what, 'the receipts are not in order', 'red')
      return undefined
    }
    const groups = receipts.ofLog(log)
    const isExports = exported?.log === log
    const indices = new Float64Array(groups.reduce((sum, { count }) => sum + count, isExports ? 1 : 0))
    let at = 0
    for (const group of groups) {
      indices.set(group.indices, at)
      at += group.count
    }
    if (isExports) indices[at] = exported.index
    const leaves = joinBytes(...groups.map((group) => group.leaves), ...(isExports ? [exported.leaf] : []))
    return { indices, leaves, subtrees: pruned.flatMap(({ subtrees }) => subtrees) }
  }

  #checkInclusion(
    log: ManifestLog,
    known: KnownOfLog,
    checkpoint: Checkpoint,
    proof: Json | undefined,
    where: string,
  ): void {
    const context = { where, crypto: this.#crypto, hasher: this.#hasher, findings: this.#findings }
    checkInclusion(log, known, checkpoint, proof, context)
    this.#addChecked(`receipts are in the log ${log.origin}`, known.indices.length, 'proof')
  }

  #addLogChecks(logs: readonly (VerifiedLog | undefined)[], witnesses: WitnessTrust): void {
    const readable = logs.filter((log) => log !== undefined)
    if (this.#trust.logKeys.length > 0)
      this.#addChecked(
        'checkpoints are signed by a key given, or one it leads to',
        readable.length,
        'checkpoint',
      )
    const history = readable.reduce((sum, { historyLength }) => sum + historyLength, 0)
    this.#addChecked('earlier checkpoints lead to these', history, 'history')
    const cosigned = readable.reduce((sum, { cosignatures }) => sum + cosignatures.valid.length, 0)
    if (witnesses.keys.length > 0) this.#addChecked("witnesses' cosignatures", cosigned, 'witnesses')
    const unknown = new Set(readable.flatMap(({ cosignatures }) => cosignatures.unknown))
    for (const name of unknown) this.#skip(`cosignature of ${name}`, 'its key was not given', 'not_given')
    const isWitnessed =
      readable.length > 0 && readable.every(({ cosignatures }) => cosignatures.valid.length > 0)
    if (isWitnessed || unknown.size > 0) return
    const why =
      witnesses.keys.length > 0
        ? 'no witness whose key was given has cosigned every checkpoint'
        : 'no key of a witness was given'
    this.#skip('that others saw the same logs', why, witnesses.keys.length > 0 ? 'absent' : 'not_given')
  }

  async #checkSaved(logs: readonly (VerifiedLog | undefined)[], trusted: TrustedKeys): Promise<void> {
    const notes = savedNotes(this.#trust.savedCheckpoint)
    const proved: readonly ProvedLog[] = logs.filter((log) => log !== undefined)
    const saved = await checkSaved(notes, proved, trusted, this.#crypto, this.#findings)
    this.#notChecked.push(...saved.notChecked)
    if (saved.checked > 0) this.#addChecked('logs continue the saved checkpoints', saved.checked, 'saved')
  }

  #checkCompleteness(
    receipts: Receipts,
    exported: ExportReceipt | undefined,
    stated: Stated,
    logs: readonly (VerifiedLog | undefined)[],
  ): void {
    const { kind, logs: claimed = [] } = this.#manifest ?? {}
    if (this.#manifest === undefined) return
    if (this.#unreadableGroups > 0) {
      this.#skip('that nothing in between is missing', 'sections of the bundle cannot be read', 'red')
      return
    }
    const period = periodOf(this.#manifest)
    let ranges = 0
    for (const [i, log] of claimed.entries()) {
      const held = {
        groups: receipts.ofLog(i),
        exported: exported?.log === i ? { index: exported.index, at: exported.entry?.at } : undefined,
        pruned: stated[i]?.pruned ?? [],
        size: logs[i]?.checkpoint.size,
      }
      checkCompleteness(log, held, period, this.#findings)
      ranges += log.complete.length
      if (log.complete.length === 0) {
        const why = `a bundle of a ${kind ?? 'case'} like this one does not claim it`
        this.#skip(`that nothing in between is missing in ${log.origin}`, why, 'format')
      }
    }
    if (ranges > 0)
      this.#addChecked('nothing is missing from the ranges said to be complete', ranges, 'completeness')
  }

  #checkApprovals(receipts: Receipts): void {
    const { checked, notChecked } = checkApprovals(receipts, this.#findings)
    this.#notChecked.push(...notChecked)
    if (checked > 0) this.#addChecked('approvals: by others than who asked', checked, 'approvals')
  }

  async #checkAttestations({ attestations }: Documents): Promise<void> {
    if (this.#manifest === undefined) return
    const keys = this.#trust.publisherKeys ?? []
    const result = await verifyAttestations(this.#manifest, attestations, keys, this.#findings)
    this.#notChecked.push(...result.notChecked)
    if (result.checked > 0)
      this.#addChecked("publishers' signatures of packages", result.checked, 'attestations')
  }

  #describeLogs(
    receipts: Receipts,
    { withheld }: Documents,
    stated: Stated,
    verified: readonly (VerifiedLog | undefined)[],
  ): readonly LogReport[] {
    const logs = this.#manifest?.logs ?? []
    for (const each of classesInOrder) {
      if (logs.length === 0 || logs.some((log) => log.class === each)) continue
      this.#skip(
        `receipts of the retention class ${each}`,
        'the bundle speaks of no log of that class',
        'absent',
      )
    }
    if (withheld.some((name) => name.startsWith('statement/'))) {
      const what = 'statements on what was pruned or folded'
      this.#skip(what, 'some were withheld: what they say counts for nothing', 'redacted')
    }
    return logs.map((log, i) => {
      const groups = receipts.ofLog(i)
      const countOf = (form: Group['form']) =>
        groups.reduce((sum, group) => sum + (group.form === form ? group.count : 0), 0)
      const parts = groups.flatMap((group) => group.parts.map((part) => group.count - part.openedCount))
      const pruned = stated[i]?.pruned ?? []
      const of = verified[i]
      return {
        class: log.class,
        origin: log.origin,
        size: of?.checkpoint.size,
        key: of && `${of.checkpoint.keyName}+${of.checkpoint.keyHash}`,
        complete: log.complete,
        full: countOf('full'),
        folded: countOf('folded'),
        pruned: pruned.reduce((sum, { from, to }) => sum + to - from, 0),
        redactedParts: parts.reduce((sum, count) => sum + count, 0),
        witnesses: of?.cosignatures.valid ?? [],
        unknownWitnesses: of?.cosignatures.unknown ?? [],
      }
    })
  }

  #report(nestedCalls: number, logs: readonly LogReport[]): BundleReport {
    const sizes = logs.flatMap(({ size }) => size ?? [])
    const logSize = sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0)
    const summary = this.#totals.summary(nestedCalls, logSize)
    if (summary.redactedParts > 0) {
      const what = `${summary.redactedParts} redacted parts`
      this.#skip(what, 'left out of the bundle; their commitments are in the log', 'redacted')
    }
    const folded = logs.reduce((sum, log) => sum + log.folded, 0)
    if (folded > 0) {
      const why = 'their parts are gone; that the fold kept their fixed fields, the operator vouches for'
      this.#skip(`parts of ${folded} folded receipts`, why, 'absent')
    }
    const why = 'a receipt that was never written is missing from no log'
    this.#skip('that the operator recorded everything', why, 'format')
    const manifest = this.#manifest
    return {
      ok: this.#findings.ok,
      findings: this.#findings.list(),
      checked: this.#checked.map(({ what, count, checks }) => ({
        what,
        count,
        result: this.#findings.failed(...checks) ? 'failed' : 'ok',
      })),
      notChecked: this.#notChecked,
      summary,
      logs,
      about: manifest && {
        kind: manifest.kind,
        scope: manifest.scope,
        origin: manifest.logs.map(({ origin }) => origin).join(', '),
        createdAt: manifest.createdAt,
      },
    }
  }

  /** Notes a check that was made. Whether it held is asked at the end: later checks may add to it. */
  #addChecked(what: string, count: number, ...checks: readonly Check[]): void {
    this.#checked.push({ what, count, checks })
  }

  #skip(what: string, why: string, because: NotChecked['because']): void {
    this.#notChecked.push({ what, why, because })
  }
}

function kindsOfParts(): KindsOfParts {
  return {
    actor: new Kinds('actor'),
    subject: new Kinds('subject'),
    policy: new Kinds('policy'),
    place: new Kinds('place'),
    input: new Kinds('input'),
    output: new Kinds('output'),
  }
}

function periodOf({ kind, scope }: Manifest2): Period | undefined {
  return kind === 'period' ? { fromAt: Number(scope.fromAt), toAt: Number(scope.toAt) } : undefined
}
