import { hash } from 'node:crypto'
import { canonicalJson } from '../canonical.ts'
import { rawBytes, readContainer, storedSection, writeContainer } from '../container.ts'
import type { Section } from '../container.ts'
import { commitmentsAt, fixedAt, fixedFields, partNames } from '../entry-fields.ts'
import type { PartName } from '../entry-fields.ts'
import { createGroupWriter } from '../group-writer.ts'
import { writeManifest } from '../manifest.ts'
import type { BundleDocument, IndexRange, RetentionClass } from '../manifest.ts'
import { writeBundle } from '../write-bundle.ts'
import type { AnyJson } from './any-json.ts'
import { TestKey } from './test-keys.ts'
import { makeReceipt } from './test-receipt.ts'
import type { TestReceipt, TestReceiptFacts } from './test-receipt.ts'
import { sha256, subtreesOf, TestTree } from './test-tree.ts'

const classOrder = ['standard', 'short', 'long'] as const
const firstAt = 1_767_225_600_000

export interface TestBundleOptions {
  /** The case of `scope`, a period (half-open, milliseconds), or a release. A period of all that is there when left out. */
  readonly scope?:
    | { readonly case: string }
    | { readonly fromAt: number; readonly toAt: number }
    | { readonly release: string }
  /** Which receipts go in; all that are left when absent. Those of folded ranges go in folded. */
  readonly select?: (receipt: TestReceipt) => boolean
  /** Ranges that are claimed to be complete; in a period all of each log, else none. */
  readonly complete?: Partial<Record<RetentionClass, readonly IndexRange[]>>
  /** Says which parts are not opened. */
  readonly redact?: (receipt: TestReceipt, part: PartName) => boolean
  readonly documents?: readonly BundleDocument[]
  /** Earlier sizes whose consistency is proved. */
  readonly history?: Partial<Record<RetentionClass, readonly number[]>>
  /** Names of the witnesses that cosign; all of them when left out. */
  readonly cosignedBy?: readonly string[]
  /** Which of the operator's keys signs the checkpoints, counted from 0; the newest when left out. */
  readonly signedBy?: number
  /** Changes the manifest before the export commits to it: what is wrong then is all that is wrong. */
  readonly changeManifest?: (manifest: Record<string, AnyJson>) => unknown
  /** Changes the trailer, which nothing commits to. */
  readonly changeTrailer?: (trailer: Record<string, AnyJson>) => unknown
  /** Changes sections before digests and layout are made. */
  readonly changeSections?: (sections: readonly TestSection[]) => readonly TestSection[]
}

export interface TestSection {
  readonly name: string
  /** Not deflated. */
  readonly raw: Uint8Array
}

export interface TestBundle {
  readonly bytes: Buffer
  readonly manifest: Buffer
  readonly export: TestReceipt
  readonly checkpoints: Partial<Record<RetentionClass, string>>
}

interface TestLog {
  readonly class: RetentionClass
  readonly origin: string
  readonly tree: TestTree
  readonly receipts: TestReceipt[]
  readonly pruned: IndexRange[]
  readonly folded: IndexRange[]
}

/**
 * An operator's logs in memory, to make bundles with every feature of the format: made-up receipts, pruned, folded and
 * erased ones, rotated keys, witnesses. What it makes follows from `seed` alone.
 */
export function createTestLogs(
  options: { readonly name?: string; readonly seed?: string; readonly organisation?: string } = {},
) {
  const { name = 'log.example', seed = 'seed', organisation = 'org_1' } = options
  const logs = new Map<RetentionClass, TestLog>()
  const keys = [new TestKey(name, `${seed} key 0`)]
  const witnesses: TestKey[] = []
  const statements: BundleDocument[] = []
  const rotations: string[] = []
  const erased = new Set<string>()
  let now = firstAt
  let drawn = 0

  function random(bytes: number): Buffer {
    drawn += 1
    return sha256(Buffer.from(`${seed} ${drawn}`)).subarray(0, bytes)
  }

  function logOf(retention: RetentionClass): TestLog {
    const known = logs.get(retention)
    if (known !== undefined) return known
    const origin = `${name}/${hash('sha256', `${seed} origin`).slice(0, 8)}/${retention}`
    const log = { class: retention, origin, tree: new TestTree(), receipts: [], pruned: [], folded: [] }
    logs.set(retention, log)
    return log
  }

  function record(facts: TestReceiptFacts = {}): TestReceipt {
    const log = logOf(facts.class ?? 'standard')
    now = facts.at ?? now + 1_000
    const receipt = makeReceipt(
      facts,
      { class: log.class, index: log.tree.size, at: now, organisation },
      random,
    )
    log.receipts.push(receipt)
    log.tree.append(receipt.leaf)
    return receipt
  }

  /** A run of a package on a case: its intent, one call that is allowed, one that is denied, its outcome. */
  function recordRun(
    facts: { readonly user?: string; readonly case?: string; readonly class?: RetentionClass } = {},
  ) {
    const used = {
      package: 'ioc-triage',
      version: '1.0.0',
      digest: 'dd'.repeat(32),
      run: `run_${random(16).toString('hex')}`,
    }
    const common = { user: facts.user ?? 'usr_ana', class: facts.class ?? 'standard' } as const
    const subject = { ...used, case: facts.case ?? 'case-1' }
    const intent = record({ ...common, operation: 'plugin.run', phase: 'intent', parts: { subject } })
    const inside = {
      ...common,
      parent: intent,
      parts: { actor: { via: used }, subject: { case: subject.case } },
    }
    const call = record({
      ...inside,
      operation: 'graph.search',
      counts: { rows: 3, costMicros: 120, wallMicros: 900 },
    })
    const denied = record({ ...inside, operation: 'case.read', decision: 'denied' })
    const counts = {
      calls: 2,
      rows: 2,
      costMicros: 3_400,
      wallMicros: 9_000,
      cpuMicros: 2_000,
      bytesIn: 40,
      bytesOut: 300,
    }
    const outcome = record({
      ...common,
      operation: 'plugin.run',
      phase: 'outcome',
      parent: intent,
      sandboxLevel: 3,
      counts,
      parts: { subject },
    })
    return { intent, call, denied, outcome }
  }

  /** Records the operation whose result is the statement. Like all evidence about evidence it goes to the long log. */
  function recordStatement(operation: string, statement: object): TestReceipt {
    const bytes = Buffer.from(canonicalJson(statement))
    statements.push({ name: `statement/${operation}-${statements.length}.json`, bytes })
    const output = { sha256: hash('sha256', bytes, 'hex'), bytes: bytes.length }
    return record({ class: 'long', operation, user: 'usr_eva', parts: { output } })
  }

  function timesOf(log: TestLog, range: IndexRange) {
    const times = log.receipts.slice(range.from, range.to).map(({ at }) => at)
    return { oldestAt: Math.min(...times), newestAt: Math.max(...times) }
  }

  type Held = readonly { readonly hold: string; readonly receipts: number }[]

  function prune(retention: RetentionClass, ranges: readonly IndexRange[], held: Held = []): TestReceipt {
    const log = logOf(retention)
    log.pruned.push(...ranges)
    return recordStatement('evidence.prune', {
      class: retention,
      held,
      kind: 'prune',
      log: log.origin,
      policy: '0f'.repeat(32),
      ranges: ranges.map((range) => ({
        ...range,
        ...timesOf(log, range),
        subtrees: subtreesOf(range).map((subtree) => ({
          ...subtree,
          root: log.tree.root(subtree).toString('base64'),
        })),
      })),
    })
  }

  function fold(retention: RetentionClass, ranges: readonly IndexRange[], held: Held = []): TestReceipt {
    const log = logOf(retention)
    log.folded.push(...ranges)
    return recordStatement('evidence.fold', {
      class: retention,
      held,
      kind: 'fold',
      log: log.origin,
      policy: '0f'.repeat(32),
      ranges: ranges.map((range) => ({
        ...range,
        ...timesOf(log, range),
        fixed: fixedDigest(log.receipts.slice(range.from, range.to)),
      })),
    })
  }

  /** Replaces the operator's key by a new one, with a note that both sign. */
  function rotate(at = now): string {
    const before = keyAt(keys.length - 1)
    const next = new TestKey(name, `${seed} key ${keys.length}`)
    const states = [...logs.values()]
      .filter(({ tree }) => tree.size > 0)
      .map(({ origin, tree }) => `${origin} ${tree.size} ${tree.root().toString('base64')}\n`)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const text = `switchboard/key-rotation/v1\n${before.vkey}\n${next.vkey}\n${at}\n${states.join('')}`
    rotations.push(`${text}\n${before.line(text)}${next.line(text)}`)
    keys.push(next)
    return next.vkey
  }

  function addWitness(witness: string): string {
    const key = new TestKey(witness, `${seed} witness ${witness}`, 4)
    witnesses.push(key)
    return key.vkey
  }

  function keyAt(place: number): TestKey {
    const key = keys.at(place)
    if (key === undefined) throw new RangeError(`there is no key ${place}`)
    return key
  }

  /** A log's checkpoint as a signed note. */
  function checkpoint(
    retention: RetentionClass,
    {
      size,
      signedBy = -1,
      cosignedBy = witnesses.map((witness) => witness.name),
    }: { readonly size?: number; readonly signedBy?: number; readonly cosignedBy?: readonly string[] } = {},
  ): string {
    const { origin, tree } = logOf(retention)
    const to = size ?? tree.size
    const text = `${origin}\n${to}\n${tree.root({ from: 0, to }).toString('base64')}\n`
    const cosignatures = witnesses
      .filter((witness) => cosignedBy.includes(witness.name))
      .map((witness) => witness.cosignature(text, Math.floor(now / 1_000)))
    return `${text}\n${keyAt(signedBy).line(text)}${cosignatures.join('')}`
  }

  function bundle(asked: TestBundleOptions = {}): TestBundle {
    const intent = record({ class: 'long', operation: 'evidence.export', phase: 'intent', user: 'usr_eva' })
    const scope = asked.scope ?? { fromAt: firstAt, toAt: intent.at }
    const kind = 'case' in scope ? 'case' : 'release' in scope ? 'release' : 'period'
    const shown = classOrder.flatMap((each) => logs.get(each) ?? []).filter(({ tree }) => tree.size > 0)
    const groups = createGroupWriter({ logs: shown.length, period: 'fromAt' in scope ? scope : undefined })
    const used = new Map<string, { name: string; version: string; digest: string }>()
    const known: number[][] = []
    for (const [place, log] of shown.entries()) {
      const isIn = (ranges: readonly IndexRange[], index: number) =>
        ranges.some(({ from, to }) => index >= from && index < to)
      const indices: number[] = []
      for (const receipt of log.receipts) {
        const { index, entry, leaf } = receipt
        if (isIn(log.pruned, index) || asked.select?.(receipt) === false) continue
        indices.push(index)
        if (isIn(log.folded, index)) {
          groups.addFolded(place, { index, fixed: entry.subarray(fixedAt, commitmentsAt), leaf })
          continue
        }
        const opened = partNames.filter(
          (part) => !erased.has(receipt.id) && asked.redact?.(receipt, part) !== true,
        )
        const parts = Object.fromEntries(opened.map((part) => [part, receipt.parts[part]]))
        const isRun = receipt.phase === 'outcome' && receipt.values.subject['operation'] === 'plugin.run'
        groups.add(place, { index, entry, leaf, parts, isRun })
        if (receipt.decision === 'allowed') collectPackages(receipt, opened, used)
      }
      known.push(indices)
    }
    const written = groups.end()
    const documents = [...(asked.documents ?? []), ...statements]
    const manifest = changed(
      writeManifest({
        kind,
        scope,
        createdAt: intent.at,
        logs: shown.map((log) => ({
          origin: log.origin,
          class: log.class,
          complete:
            asked.complete?.[log.class] ?? (kind === 'period' ? [{ from: 0, to: log.tree.size }] : []),
        })),
        groups: written,
        marketplace: [...used.values()].map((each) => ({
          ...each,
          publisher: 'Demo',
          keyId: '0123456789abcdef',
        })),
        documents,
      }),
      asked.changeManifest,
    )
    const output = { sha256: hash('sha256', manifest, 'hex'), bytes: manifest.length }
    const exported = record({
      class: 'long',
      operation: 'evidence.export',
      phase: 'outcome',
      parent: intent,
      user: 'usr_eva',
      parts: { output },
    })
    const exportLog = shown.findIndex((log) => log.class === 'long')
    const checkpoints: Partial<Record<RetentionClass, string>> = {}
    const trailer = shown.map((log, place) => {
      const { size } = log.tree
      const note = checkpoint(log.class, {
        ...(asked.signedBy === undefined ? {} : { signedBy: asked.signedBy }),
        ...(asked.cosignedBy === undefined ? {} : { cosignedBy: asked.cosignedBy }),
      })
      checkpoints[log.class] = note
      const leaves = [...(known[place] ?? []), ...(place === exportLog ? [exported.index] : [])]
      return {
        checkpoint: note,
        history: (asked.history?.[log.class] ?? []).map((earlier) => ({
          size: earlier,
          root: log.tree.root({ from: 0, to: earlier }),
          proof: log.tree.consistency(earlier, size),
        })),
        proof: log.tree.multiproof(leaves, log.pruned.flatMap(subtreesOf), size),
      }
    })
    const file = writeBundle({
      manifest,
      groups: written.sections,
      documents,
      export: { ...exported, log: exportLog },
      logs: trailer,
      rotations,
    })
    return { bytes: rewritten(file, asked), manifest, export: exported, checkpoints }
  }

  return {
    record,
    recordRun,
    prune,
    fold,
    rotate,
    addWitness,
    checkpoint,
    bundle,
    /** Takes away what opens the parts of some receipts, as the erasure of a person does. */
    erase(isErased: (receipt: TestReceipt) => boolean): void {
      for (const log of logs.values())
        for (const receipt of log.receipts) if (isErased(receipt)) erased.add(receipt.id)
    },
    /** A receipt with its proof, as a single file (docs/reference/evidence-format.md, section 9). */
    receiptFile(receipt: TestReceipt): string {
      const { tree } = logOf(receipt.class)
      const parts = Object.entries(receipt.parts).map(([part, { salt, json }]) => [
        part,
        { salt: Buffer.from(salt).toString('base64'), value: JSON.parse(json) as unknown },
      ])
      return `${canonicalJson({
        checkpoint: checkpoint(receipt.class),
        proof: tree.inclusion(receipt.index, tree.size).map((each) => each.toString('base64')),
        receipt: {
          check: receipt.leaf.toString('hex', 0, 4),
          entry: receipt.entry.toString('base64'),
          index: receipt.index,
          parts: Object.fromEntries(parts) as object,
        },
      })}\n`
    },
    sizeOf: (retention: RetentionClass): number => logOf(retention).tree.size,
    originOf: (retention: RetentionClass): string => logOf(retention).origin,
    /** Verifier keys of the operator, oldest first. */
    get logKeys(): readonly string[] {
      return keys.map((key) => key.vkey)
    },
  }
}
export type TestLogs = ReturnType<typeof createTestLogs>

function fixedDigest(receipts: readonly TestReceipt[]): string {
  const columns = fixedFields.flatMap(({ from, to }) => receipts.map(({ entry }) => entry.subarray(from, to)))
  return hash('sha256', Buffer.concat(columns), 'hex')
}

function collectPackages(
  { values }: TestReceipt,
  opened: readonly PartName[],
  used: Map<string, { name: string; version: string; digest: string }>,
): void {
  const { actor, subject } = values
  for (const value of [
    opened.includes('subject') ? subject : {},
    opened.includes('actor') ? (actor['via'] ?? {}) : {},
  ]) {
    const { package: name, version, digest } = value as Readonly<Record<string, string | undefined>>
    if (name !== undefined && version !== undefined && digest !== undefined)
      used.set(`${name} ${version} ${digest}`, { name, version, digest })
  }
}

function changed(text: Buffer, change: ((value: Record<string, AnyJson>) => unknown) | undefined): Buffer {
  return change === undefined
    ? text
    : Buffer.from(canonicalJson(change(JSON.parse(text.toString('utf8')) as Record<string, AnyJson>)))
}

function rewritten(file: Buffer, { changeTrailer, changeSections }: TestBundleOptions): Buffer {
  if (changeTrailer === undefined && changeSections === undefined) return file
  const before = readContainer(file)
  const raw = before.map((section) => ({ name: section.name, raw: rawBytes(section) }))
  const withTrailer = raw.map((section) =>
    section.name === 'trailer'
      ? { ...section, raw: changed(Buffer.from(section.raw), changeTrailer) }
      : section,
  )
  const after = changeSections?.(withTrailer) ?? withTrailer
  const known = new Map<Uint8Array, Section>()
  for (const [place, section] of before.entries()) known.set(raw[place]?.raw ?? new Uint8Array(), section)
  // What nobody changed stays as it lies in the file.
  return writeContainer(
    after.map((section) => {
      const same = known.get(section.raw)
      return same?.name === section.name ? same : storedSection(section.name, section.raw)
    }),
  )
}
