import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { caseDenials } from '../cases/denials.ts'
import { pluginDenials } from '../plugins/denials.ts'
import {
  CaseId,
  closed,
  Instant,
  Json,
  Limit,
  Micros,
  Page,
  ReceiptId,
  Release,
  RunId,
  Sha256,
  Tlp,
  UserId,
} from '../schema.ts'
import { retentionDenials } from '../retention/denials.ts'
import { evidenceDenials as d } from './denials.ts'

const TraceId = Type.String({
  pattern: '^[0-9a-f]{32}$',
  description: 'What belongs together: one request and all it led to.',
})
const Phase = Type.Union([Type.Literal('effect'), Type.Literal('intent'), Type.Literal('outcome')], {
  description:
    'An effect that fits in one transaction is whole; others have an intent before and an outcome after.',
})
const Decision = Type.Union(
  [
    Type.Literal('allowed'),
    Type.Literal('denied'),
    Type.Literal('parked'),
    Type.Literal('failed'),
    Type.Literal('unknown'),
  ],
  { description: 'How it ended. Parked: waits for an approval. Unknown: the server stopped in between.' },
)

const Receipt = closed(
  {
    id: ReceiptId,
    at: Instant,
    phase: Phase,
    decision: Decision,
    operation: Type.String(),
    actor: Type.String(),
    package: Type.Union([Type.String(), Type.Null()]),
    case: Type.Union([CaseId, Type.Null()]),
    parent: Type.Union([ReceiptId, Type.Null()]),
    level: Type.String(),
    calls: Type.Integer(),
    rows: Type.Integer(),
    costMicros: Micros,
    index: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Place in the log; null while pending.',
    }),
    sentence: Type.String({ description: 'The receipt as a person would say it.' }),
    user: Type.Union([UserId, Type.Null()], {
      description: 'The user who acted, or for whom a plugin did; null once the receipt is folded.',
    }),
    version: Type.Union([Type.String(), Type.Null()], { description: 'Of the package.' }),
    run: Type.Union([RunId, Type.Null()]),
    trace: TraceId,
  },
  { title: 'Receipt' },
)

export const receiptList = operation({
  name: 'receipt.list',
  summary: 'List receipts',
  description: 'Receipts of your organisation, newest first; those that fit everything you ask for.',
  effect: 'read',
  input: closed({
    operation: Type.Optional(Type.String({ maxLength: 64, description: 'Such as plugin.run.' })),
    package: Type.Optional(
      Type.String({ maxLength: 64, description: 'The package acted on, or that acted.' }),
    ),
    version: Type.Optional(Type.String({ maxLength: 128, description: 'Of the package.' })),
    case: Type.Optional(CaseId),
    actor: Type.Optional(UserId),
    run: Type.Optional(RunId),
    trace: Type.Optional(TraceId),
    decision: Type.Optional(Decision),
    phase: Type.Optional(Phase),
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    limit: Limit,
    cursor: Type.Optional(ReceiptId),
  }),
  output: Page(Receipt),
  denials: { period_invalid: d.period_invalid },
  rest: { method: 'GET', path: '/receipts' },
  graphql: { kind: 'query', field: 'receipts' },
  cli: { command: 'receipt list' },
})
export const receiptRead = operation({
  name: 'receipt.read',
  summary: 'Show a receipt with its proof',
  description:
    'The receipt as a sentence and as JSON, its parts with salts, the entry and its leaf hash, and the inclusion proof in the newest checkpoint (or "pending").',
  effect: 'read',
  input: closed({ id: ReceiptId }),
  output: closed({
    receipt: Receipt,
    parts: Json,
    entry: Type.String({
      description: 'Base64 of the 304 bytes that the log holds; of a folded receipt the 112 that are left.',
    }),
    leaf: Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'The leaf hash: SHA-256 of a zero byte and the entry.',
    }),
    proof: Type.Union([
      closed({ index: Type.Integer(), checkpoint: Type.String(), hashes: Type.Array(Type.String()) }),
      Type.Literal('pending'),
    ]),
    file: Type.Optional(
      Type.String({
        contentEncoding: 'base64',
        description:
          'The receipt with its proof as a file that verifies on its own; absent while the proof is pending.',
      }),
    ),
  }),
  denials: { receipt_unknown: d.receipt_unknown, receipt_pruned: retentionDenials.receipt_pruned },
  rest: { method: 'GET', path: '/receipts/{id}' },
  graphql: { kind: 'query', field: 'receipt' },
  cli: { command: 'receipt read', positional: ['id'], out: 'file', outOptional: true },
})
const Node = closed(
  {
    id: Type.String(),
    kind: Type.Union([Type.Literal('activity'), Type.Literal('agent'), Type.Literal('entity')]),
    type: Type.String({ description: 'What it is here: run, call, person, plugin, package, table, host, …' }),
    label: Type.String(),
    attributes: Json,
  },
  { title: 'ProvenanceNode' },
)
const Edge = closed(
  {
    type: Type.String({ description: 'The relation of W3C PROV: used, wasGeneratedBy, wasInformedBy, …' }),
    from: Type.String(),
    to: Type.String(),
    receipt: ReceiptId,
  },
  { title: 'ProvenanceEdge' },
)
export const runProvenance = operation({
  name: 'run.provenance',
  summary: 'Show where the result of a run comes from',
  description:
    'Who did what with what, in the terms of W3C PROV: the run, its calls and the refused ones, people, plugin and publisher, inputs, sources, results, and what of them was accepted. Every edge names the receipt that proves it.',
  effect: 'read',
  input: closed({
    id: RunId,
    format: Type.Optional(
      Type.Union([Type.Literal('prov-json'), Type.Literal('dot'), Type.Literal('mermaid')], {
        description: 'Also write the graph as a document, for other programs.',
      }),
    ),
  }),
  output: closed({
    run: RunId,
    nodes: Type.Array(Node),
    edges: Type.Array(Edge),
    document: Type.Optional(Type.String({ description: 'In the format asked for.' })),
  }),
  denials: { run_unknown: pluginDenials.run_unknown },
  rest: { method: 'GET', path: '/runs/{id}/provenance' },
  graphql: { kind: 'query', field: 'runProvenance' },
  cli: { command: 'run provenance', positional: ['id'], text: 'document' },
})
export const checkpointRead = operation({
  name: 'checkpoint.read',
  summary: 'Read the newest signed checkpoints',
  description:
    'C2SP signed notes, one for each log of your organisation; keep them: a later bundle must extend them. `key` is the verifier key to compare with the one you were given.',
  effect: 'read',
  input: closed({}),
  output: closed({
    checkpoint: Type.String({ description: 'Of the standard log; empty while it is.' }),
    size: Type.Integer(),
    key: Type.String(),
    logs: Type.Array(
      closed({
        class: Type.String({ description: 'standard, short or long.' }),
        origin: Type.String(),
        path: Type.String({ description: 'Where its checkpoint and tiles are served.' }),
        size: Type.Integer(),
        checkpoint: Type.String(),
        witnessed: Type.Boolean({
          description:
            'Whether as many witnesses as are needed cosigned it since the server started, and none knows another log.',
        }),
        conflict: Type.String({
          description: 'Why a witness says that this is not the log it cosigned; empty when none does.',
        }),
        cosigned: Type.String({
          description: 'The newest checkpoint with its cosignatures, to be kept; empty when there is none.',
        }),
        cosignedSize: Type.Integer(),
      }),
    ),
    witnesses: Type.Array(
      closed({
        class: Type.String({ description: 'Of the log.' }),
        name: Type.String(),
        state: Type.String({ description: 'witnessed, behind, unreachable or refused.' }),
        size: Type.Integer({ description: 'Entries of the checkpoint that it cosigned last.' }),
        at: Instant,
        why: Type.String(),
      }),
      { description: 'What each witness says of each log.' },
    ),
  }),
  denials: {},
  rest: { method: 'GET', path: '/evidence/checkpoint' },
  graphql: { kind: 'query', field: 'checkpoint' },
  cli: { command: 'evidence checkpoint' },
})
const PartName = Type.Union(
  [
    Type.Literal('actor'),
    Type.Literal('subject'),
    Type.Literal('policy'),
    Type.Literal('place'),
    Type.Literal('input'),
    Type.Literal('output'),
  ],
  { description: 'A part of a receipt that can be closed on its own.' },
)
const mostNamed = 1_000

/** What a bundle is about, and what a reader of it is not to see. */
const bundleInput = {
  case: Type.Optional(CaseId),
  release: Type.Optional(Release),
  from: Type.Optional(Instant),
  to: Type.Optional(
    Type.Integer({ ...Instant, description: 'Excluded. Now, when it is left out or later than now.' }),
  ),
  redact: Type.Optional(
    Type.Array(PartName, {
      maxItems: 6,
      uniqueItems: true,
      description: 'Parts to close: of the receipts or operations that are named, else of all.',
    }),
  ),
  redactReceipts: Type.Optional(
    Type.Array(ReceiptId, {
      maxItems: mostNamed,
      uniqueItems: true,
      description: 'Receipts to close; all six parts, unless redact says which.',
    }),
  ),
  redactOperations: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), {
      maxItems: mostNamed,
      uniqueItems: true,
      description: 'Operations whose receipts are closed; all six parts, unless redact says which.',
    }),
  ),
  redactPeople: Type.Optional(
    Type.Array(UserId, {
      maxItems: mostNamed,
      uniqueItems: true,
      description: 'People: every part that names one is closed, and every document that does is withheld.',
    }),
  ),
  withhold: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
      maxItems: mostNamed,
      uniqueItems: true,
      description: 'Documents to withhold, by name; digest and name stay in the manifest.',
    }),
  ),
}
const bundleDenials = {
  case_unknown: caseDenials.case_unknown,
  scope_unclear: d.scope_unclear,
  release_unknown: d.release_unknown,
  period_invalid: d.period_invalid,
  period_shared: d.period_shared,
  bundle_too_large: d.bundle_too_large,
  documents_too_large: d.documents_too_large,
  redaction_unmatched: d.redaction_unmatched,
  statement_needed: d.statement_needed,
}

export const evidenceExport = operation({
  name: 'evidence.export',
  summary: 'Export an evidence bundle',
  description:
    'The receipts of a case, of a release or of a period, with packages, SBOMs, results and one proof for all, in a file that anybody can verify without this server. Of a period it proves that nothing is missing. What is closed stays committed to.',
  effect: 'external',
  input: closed({
    ...bundleInput,
    since: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1 }), {
        maxItems: 32,
        uniqueItems: true,
        description: 'Sizes of checkpoints you hold; the bundle proves that its logs extend them.',
      }),
    ),
  }),
  output: closed({
    bundle: Type.String({ contentEncoding: 'base64' }),
    sha256: Sha256,
    manifestSha256: Sha256,
    bytes: Type.Integer(),
    receipts: Type.Integer(),
    checkpoint: Type.String({ description: 'Of the log that the export itself is in; keep it.' }),
    withheld: Type.Array(Type.String(), {
      description: 'Documents that the manifest names and the file does not hold.',
    }),
  }),
  denials: { ...bundleDenials, checkpoint_ahead: d.checkpoint_ahead },
  rest: { method: 'POST', path: '/evidence/exports' },
  graphql: { kind: 'mutation', field: 'evidenceExport' },
  cli: { command: 'evidence export', out: 'bundle' },
})
export const evidencePreview = operation({
  name: 'evidence.preview',
  summary: 'Preview an evidence bundle',
  description:
    'What a bundle would hold and show, before it is exported: receipts, parts, people and documents, and what each takes up. Say what to close, and see what is left.',
  effect: 'read',
  input: closed(bundleInput),
  output: closed({
    tlp: Tlp,
    receipts: Type.Integer(),
    folded: Type.Integer({ description: 'Receipts of which only fixed fields and leaf hash are left.' }),
    bytes: Type.Integer({ description: 'Of the file, without proofs and signatures.' }),
    parts: Type.Array(
      closed({
        part: PartName,
        open: Type.Integer(),
        closed: Type.Integer(),
        bytes: Type.Integer({ description: 'That opened parts take up in the file.' }),
      }),
    ),
    operations: Type.Array(closed({ operation: Type.String(), receipts: Type.Integer() })),
    people: Type.Array(closed({ user: Type.String(), name: Type.String(), receipts: Type.Integer() }), {
      description: 'Who acts in parts that stay open.',
    }),
    documents: Type.Array(closed({ name: Type.String(), bytes: Type.Integer(), withheld: Type.Boolean() })),
  }),
  denials: bundleDenials,
  rest: { method: 'POST', path: '/evidence/previews' },
  graphql: { kind: 'query', field: 'evidencePreview' },
  cli: { command: 'evidence preview' },
})
export const evidenceCompact = operation({
  name: 'evidence.compact',
  summary: 'Compact old receipts',
  description:
    'Seals full runs of 65,536 receipts into blocks now instead of when the server comes to it. Nothing is lost and nothing reads differently. `stopped` says why it ended early, such as a full disk.',
  effect: 'external',
  input: closed({
    olderThanHours: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 876_000,
        description: 'Instead of the setting compactAfterHours.',
      }),
    ),
  }),
  output: closed({
    blocks: Type.Integer(),
    receipts: Type.Integer(),
    bytes: Type.Integer({ description: 'What the new blocks take on disk.' }),
    stopped: Type.Union([Type.String(), Type.Null()]),
  }),
  denials: {},
  rest: { method: 'POST', path: '/evidence/compactions' },
  graphql: { kind: 'mutation', field: 'evidenceCompact' },
  cli: { command: 'evidence compact' },
})
