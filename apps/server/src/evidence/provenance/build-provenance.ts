import { countsOf } from '../receipt/entry.ts'
import type { Part } from '../receipt/receipt-draft.ts'
import { partsOf } from '../receipt/receipt-store.ts'
import type { Parts, ReceiptRow } from '../receipt/receipt-store.ts'
import { actorNameOf, sentenceOf } from '../sentence.ts'
import { createGraphBuilder } from './provenance-graph.ts'
import type { GraphBuilder, ProvenanceGraph } from './provenance-graph.ts'

export interface ProvenanceFacts {
  readonly run: string
  /** Receipts that name the run, calls of its plugin included. */
  readonly receipts: readonly ReceiptRow[]
  /** How the package came to be where it ran: added, reviewed, installed, granted. */
  readonly packageReceipts: readonly ReceiptRow[]
  /** Votes, by the review that they decided. */
  readonly votes: ReadonlyMap<string, readonly ReceiptRow[]>
  /** Who signed the package of that digest, as the organisation named them. */
  readonly publishers: ReadonlyMap<string, string>
  /** Rows of the graph that are there because of the run, as the graph has it. */
  readonly written: readonly { readonly kind: 'entity' | 'relation'; readonly id: string }[]
}

/** Operations by which what a run found comes into the graph. */
const writing = new Set(['run.accept', 'graph.upsert', 'case.add_entities'])

/** Who did what with what, as far as receipts prove it: every edge names the receipt that it is read from. */
export function buildProvenance(facts: ProvenanceFacts): ProvenanceGraph {
  const builder = createGraphBuilder(facts.run)
  const rows = facts.receipts.toSorted(byId)
  const intent = rows.find((row) => row.operation === 'plugin.run' && row.phase === 'intent')
  const outcome = rows.find((row) => row.operation === 'plugin.run' && row.phase === 'outcome')
  const main = intent ?? outcome ?? rows.find((row) => row.operation === 'plugin.run')
  const runNode = main === undefined ? undefined : addRun(builder, facts, main, outcome)
  const outcomes = new Map(
    rows.flatMap((row) => (row.phase === 'outcome' && row.parent !== null ? [[row.parent, row]] : [])),
  )
  for (const row of rows) {
    if (row === intent || row === outcome || row === main) continue
    // Told together with its intent.
    if (row.phase === 'outcome' && rows.some((other) => other.id === row.parent)) continue
    const end = outcomes.get(row.id)
    if (partsOf(row).actor?.['via'] === undefined)
      addOperation(builder, facts, { row, end, runNode, outcome })
    else addCall(builder, row, end, runNode)
  }
  addWritten(builder, facts, rows)
  return builder.graph()
}

function addRun(
  builder: GraphBuilder,
  facts: ProvenanceFacts,
  row: ReceiptRow,
  outcome: ReceiptRow | undefined,
): string {
  const parts = partsOf(row)
  const run = builder.node({
    ...activityOf(row, outcome),
    id: `run:${facts.run}`,
    type: 'run',
    label: `${named(parts.subject) ?? 'plugin'} ${facts.run}`,
  })
  const person = addPerson(builder, row)
  builder.edge('wasAssociatedWith', run, person, row.id)
  const code = addCode(builder, facts, parts.subject)
  if (code !== undefined) {
    builder.edge('wasAssociatedWith', run, code.plugin, row.id)
    builder.edge('actedOnBehalfOf', code.plugin, person, row.id)
    builder.edge('used', run, code.package, row.id)
    for (const before of facts.packageReceipts.toSorted(byId))
      addHandling(builder, before, { run, code, row })
  }
  addDigest(builder, { type: 'input', of: parts.input, activity: run, edge: 'used', receipt: row.id })
  addCase(builder, parts.subject, run, row.id)
  if (outcome?.decision === 'allowed')
    addDigest(builder, {
      type: 'result',
      of: partsOf(outcome).output,
      activity: run,
      edge: 'wasGeneratedBy',
      receipt: outcome.id,
    })
  addApprovals(builder, facts, run, row)
  return run
}

/** What was done with a package before it ran: it came to be by being added, and ran because somebody let it. */
function addHandling(
  builder: GraphBuilder,
  row: ReceiptRow,
  { run, code, row: main }: { run: string; code: { package: string; digest: string }; row: ReceiptRow },
): void {
  const { subject } = partsOf(row)
  if (row.decision !== 'allowed' || row.id > main.id || textOf(subject?.['digest']) !== code.digest) return
  const activity = builder.node({ ...activityOf(row, undefined), type: 'operation' })
  builder.edge('wasAssociatedWith', activity, addPerson(builder, row), row.id)
  if (row.operation === 'package.add') builder.edge('wasGeneratedBy', code.package, activity, row.id)
  else builder.edge('used', activity, code.package, row.id)
  if (row.operation !== 'package.add') builder.edge('wasInformedBy', run, activity, row.id)
}

/** One call of the plugin, a refused one too: what it asked, and what it was answered. */
function addCall(
  builder: GraphBuilder,
  row: ReceiptRow,
  end: ReceiptRow | undefined,
  run: string | undefined,
): void {
  const last = end ?? row
  const { actor, subject, place } = partsOf(row)
  const via = actor?.['via'] as Part | undefined
  const call = builder.node({ ...activityOf(row, end), type: 'call' })
  if (run !== undefined) builder.edge('wasInformedBy', call, run, row.id)
  const person = addPerson(builder, row)
  const plugin = addPlugin(builder, via)
  builder.edge('wasAssociatedWith', call, plugin ?? person, row.id)
  if (plugin !== undefined) builder.edge('actedOnBehalfOf', plugin, person, row.id)
  addSource(builder, {
    call,
    row: last,
    target: textOf(subject?.['target']),
    place: partsOf(last).place ?? place,
  })
  // Every call of a run names the run's case; these ask it.
  if (row.operation.startsWith('case.')) addCase(builder, subject, call, row.id)
  if (last.decision !== 'allowed') return
  const answer = addDigest(builder, {
    type: 'answer',
    of: partsOf(last).output,
    activity: call,
    edge: 'wasGeneratedBy',
    receipt: last.id,
  })
  if (answer !== undefined && run !== undefined) builder.edge('used', run, answer, last.id)
}

/** The table, host or value that a call asked. */
function addSource(
  builder: GraphBuilder,
  {
    call,
    row,
    target,
    place,
  }: { call: string; row: ReceiptRow; target: string | undefined; place: Part | undefined },
): void {
  if (target === undefined) return
  const type = row.operation === 'net.fetch' ? 'host' : row.operation.startsWith('data.') ? 'table' : 'target'
  const licences = textsOf(place?.['licence'])
  const source = builder.node({
    id: `${type}:${target}`,
    kind: 'entity',
    type,
    label: target,
    attributes: licences.length === 0 ? {} : { licence: licences },
  })
  builder.edge('used', call, source, row.id)
}

/** What a person did with the run beside starting it: queued it, accepted rows of it, took them back, replayed it. */
function addOperation(
  builder: GraphBuilder,
  facts: ProvenanceFacts,
  {
    row,
    end,
    runNode,
    outcome,
  }: {
    row: ReceiptRow
    end: ReceiptRow | undefined
    runNode: string | undefined
    outcome: ReceiptRow | undefined
  },
): void {
  const { subject } = partsOf(row)
  const activity = builder.node({ ...activityOf(row, end), type: 'operation' })
  builder.edge('wasAssociatedWith', activity, addPerson(builder, row), row.id)
  addCase(builder, subject, activity, row.id)
  addApprovals(builder, facts, activity, row)
  if (runNode === undefined) return
  // Queueing a run comes before it, everything else after.
  if (row.operation === 'run.submit') builder.edge('wasInformedBy', runNode, activity, row.id)
  else builder.edge('wasInformedBy', activity, runNode, row.id)
  if (row.operation !== 'run.accept' || row.decision !== 'allowed' || outcome === undefined) return
  const result = digestId('result', partsOf(outcome).output)
  if (result !== undefined) builder.edge('used', activity, result, row.id)
}

/** What came of the run in the graph. Which rows these are is the graph's own account; receipts prove that and when it was written. */
function addWritten(builder: GraphBuilder, facts: ProvenanceFacts, rows: readonly ReceiptRow[]): void {
  const writers = rows.filter((row) => writing.has(row.operation) && row.decision === 'allowed')
  const last = writers.at(-1)
  if (last === undefined) return
  const written = builder.node({
    id: `written:${facts.run}`,
    kind: 'entity',
    type: 'written',
    label: `what ${facts.run} brought into the graph`,
    attributes: { rows: facts.written.length },
  })
  for (const row of writers) builder.edge('wasGeneratedBy', written, `activity:${row.id}`, row.id)
  const outcome = rows.find((row) => row.operation === 'plugin.run' && row.phase === 'outcome')
  const result = outcome?.decision === 'allowed' ? digestId('result', partsOf(outcome).output) : undefined
  const accepted = writers.find((row) => row.operation === 'run.accept')
  if (result !== undefined && accepted !== undefined)
    builder.edge('wasDerivedFrom', written, result, accepted.id)
  for (const { kind, id } of facts.written) {
    const member = builder.node({
      id: `${kind}:${id}`,
      kind: 'entity',
      type: kind,
      label: id,
      attributes: {},
    })
    builder.edge('hadMember', written, member, last.id)
  }
}

/** Who let something happen that policy alone would have refused. */
function addApprovals(
  builder: GraphBuilder,
  facts: ProvenanceFacts,
  activity: string,
  row: ReceiptRow,
): void {
  const { policy } = partsOf(row)
  const approvals = (Array.isArray(policy?.['approvals']) ? policy['approvals'] : []) as readonly Part[]
  for (const approval of approvals) {
    const task = textOf(approval['task'])
    if (task === undefined) continue
    const votes = (facts.votes.get(task) ?? []).filter((vote) => vote.decision === 'allowed')
    const node = builder.node({
      id: `approval:${task}`,
      kind: 'activity',
      type: 'approval',
      label: `approval ${task}`,
      attributes: votes.length === 0 ? {} : { receipt: votes.map((vote) => vote.id) },
    })
    builder.edge('wasInformedBy', activity, node, row.id)
    for (const user of textsOf(approval['by'])) {
      const vote = votes.find((one) => one.actor === user)
      const person =
        vote === undefined
          ? builder.node({ id: `person:${user}`, kind: 'agent', type: 'person', label: user, attributes: {} })
          : addPerson(builder, vote)
      builder.edge('wasAssociatedWith', node, person, vote?.id ?? row.id)
    }
  }
}

function addPerson(builder: GraphBuilder, row: ReceiptRow): string {
  const roles = textsOf(partsOf(row).actor?.['roles'])
  return builder.node({
    id: `person:${row.actor}`,
    kind: 'agent',
    type: 'person',
    label: actorNameOf(row),
    attributes: roles.length === 0 ? {} : { roles },
  })
}

function addCode(builder: GraphBuilder, facts: ProvenanceFacts, subject: Part | undefined) {
  const plugin = addPlugin(builder, subject)
  const digest = textOf(subject?.['digest'])
  const label = named(subject)
  if (plugin === undefined || digest === undefined || label === undefined) return undefined
  const code = builder.node({
    id: `package:${digest}`,
    kind: 'entity',
    type: 'package',
    label,
    attributes: { digest },
  })
  const publisher = facts.publishers.get(digest)
  const added = facts.packageReceipts.find(
    (row) => row.operation === 'package.add' && textOf(partsOf(row).subject?.['digest']) === digest,
  )
  // Nothing is drawn that no receipt says: the package's signature was checked when it was added.
  if (publisher !== undefined && added !== undefined) {
    const agent = builder.node({
      id: `publisher:${publisher}`,
      kind: 'agent',
      type: 'publisher',
      label: publisher,
      attributes: {},
    })
    builder.edge('wasAttributedTo', code, agent, added.id)
  }
  return { plugin, package: code, digest }
}

function addPlugin(builder: GraphBuilder, of: Part | undefined): string | undefined {
  const label = named(of)
  if (label === undefined) return undefined
  const digest = textOf(of?.['digest'])
  return builder.node({
    id: `plugin:${label.replace(' ', '@')}`,
    kind: 'agent',
    type: 'plugin',
    label,
    attributes: digest === undefined ? {} : { digest },
  })
}

function addCase(builder: GraphBuilder, subject: Part | undefined, activity: string, receipt: string): void {
  const id = textOf(subject?.['case'])
  if (id === undefined) return
  const node = builder.node({ id: `case:${id}`, kind: 'entity', type: 'case', label: id, attributes: {} })
  builder.edge('used', activity, node, receipt)
}

/** What is known by its digest alone: an input, an answer, a result. */
function addDigest(
  builder: GraphBuilder,
  about: {
    type: 'input' | 'answer' | 'result'
    of: Part | undefined
    activity: string
    edge: 'used' | 'wasGeneratedBy'
    receipt: string
  },
): string | undefined {
  const id = digestId(about.type, about.of)
  if (id === undefined) return undefined
  const sha256 = String(about.of?.['sha256'])
  const bytes = about.of?.['bytes']
  builder.node({
    id,
    kind: 'entity',
    type: about.type,
    label: `${about.type} ${sha256.slice(0, 12)}`,
    attributes: { sha256, ...(typeof bytes === 'number' ? { bytes } : {}) },
  })
  if (about.edge === 'used') builder.edge('used', about.activity, id, about.receipt)
  else builder.edge('wasGeneratedBy', id, about.activity, about.receipt)
  return id
}

function digestId(type: string, of: Part | undefined): string | undefined {
  const sha256 = textOf(of?.['sha256'])
  return sha256 === undefined ? undefined : `${type}:${sha256}`
}

function activityOf(row: ReceiptRow, end: ReceiptRow | undefined) {
  const last = end ?? row
  const { subject, policy, place, output }: Parts = partsOf(last)
  const denial = output?.['denial'] as Part | undefined
  const fault = output?.['fault'] as Part | undefined
  const reason = textOf(denial?.['code']) ?? textOf(fault?.['code'])
  const target = textOf(subject?.['target'])
  const tlp = textOf(place?.['tlp'])
  const { wallMicros } = countsOf(last.entry)
  return {
    id: `activity:${row.id}`,
    kind: 'activity',
    label: target === undefined ? row.operation : `${row.operation} ${target}`,
    attributes: {
      operation: row.operation,
      startedAt: row.at,
      endedAt: last.at + Math.round(Number(wallMicros) / 1000),
      decision: row.phase === 'intent' && end === undefined ? 'unfinished' : last.decision,
      rules: textsOf(policy?.['rules']),
      ...(reason === undefined ? {} : { reason }),
      ...(tlp === undefined ? {} : { tlp }),
      level: last.level,
      rows: last.rows,
      costMicros: String(last.cost_micros),
      receipt: end === undefined ? [row.id] : [row.id, end.id],
      sentence: sentenceOf(last),
    },
  } as const
}

const named = (of: Part | undefined): string | undefined => {
  const name = textOf(of?.['package'])
  return name === undefined ? undefined : [name, textOf(of?.['version'])].join(' ').trimEnd()
}
const byId = (a: ReceiptRow, b: ReceiptRow): number => (a.id < b.id ? -1 : 1)
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
