import { Type } from 'typebox'
import { caseDenials } from '../cases/denials.ts'
import { holdDenials } from '../holds/denials.ts'
import { operation } from '../operation.ts'
import { CaseId, closed, HoldId, Instant, Sha256 } from '../schema.ts'
import { retentionDenials as d } from './denials.ts'

export const RetentionClass = Type.Union(
  [Type.Literal('standard'), Type.Literal('short'), Type.Literal('long')],
  { description: 'The class that a receipt was given when it was written; its log.' },
)
const Days = Type.Integer({ minimum: 1, maximum: 36_500 })
const ClassRule = closed(
  {
    keepDays: Type.Optional(Days),
    foldAfterDays: Type.Optional(Days),
  },
  {
    title: 'ClassRule',
    description: 'Pruned once older than keepDays, folded once older than foldAfterDays; without them never.',
  },
)
const Rules = {
  classes: closed({
    standard: Type.Optional(ClassRule),
    short: Type.Optional(ClassRule),
    long: Type.Optional(ClassRule),
  }),
  operations: Type.Record(Type.String({ pattern: '^[a-z_]{1,32}\\.[a-z_]{1,32}$' }), RetentionClass, {
    maxProperties: 500,
    description: 'Operation → class; those not named are standard.',
  }),
}
const Count = closed(
  {
    receipts: Type.Integer(),
    held: Type.Integer({ description: 'Old enough, and kept by a legal hold.' }),
    open: Type.Integer({ description: 'Old enough, and kept because something is still under way.' }),
    more: Type.Boolean({ description: 'Counted as far as one look goes; there are more.' }),
  },
  { title: 'RetentionCount' },
)
const Retention = closed(
  {
    ...Rules,
    digest: Type.String({ description: 'SHA-256 of the canonical rules; statements name it.' }),
    setBy: Type.Union([Type.String(), Type.Null()], { description: 'null: nobody has set any.' }),
    setAt: Type.Union([Instant, Type.Null()]),
    due: Type.Array(
      closed(
        { class: RetentionClass, entries: Type.Integer(), prune: Count, fold: Count },
        { title: 'RetentionDue' },
      ),
      { description: 'By log: its entries, and what would go now.' },
    ),
    worked: Type.Union(
      [closed({ at: Instant, ended: Type.String() }, { title: 'RetentionWork' }), Type.Null()],
      { description: 'When the server last did this by itself, and how that ended.' },
    ),
  },
  { title: 'Retention' },
)

export const retentionRead = operation({
  name: 'retention.read',
  summary: 'Show how long receipts are kept',
  description:
    'The rules, who set them, and what would be pruned and folded now. Without rules every receipt is standard, and nothing ever goes.',
  effect: 'read',
  input: closed({}),
  output: Retention,
  denials: {},
  rest: { method: 'GET', path: '/retention' },
  graphql: { kind: 'query', field: 'retention' },
  cli: { command: 'retention show' },
})
export const retentionSet = operation({
  name: 'retention.set',
  summary: 'Set how long receipts are kept',
  description:
    'Replaces all rules; needs the approval of a second person. They hold for receipts written from then on: a receipt keeps its class. What is done to evidence itself is always of class long, and long is kept for good.',
  effect: 'write',
  input: closed(Rules),
  output: closed({ digest: Sha256 }),
  denials: { retention_invalid: d.retention_invalid },
  rest: { method: 'PUT', path: '/retention' },
  graphql: { kind: 'mutation', field: 'retentionSet' },
  cli: { command: 'retention set' },
})

const Which = closed({
  class: RetentionClass,
  before: Type.Optional(Instant),
  case: Type.Optional(CaseId),
})
const Held = Type.Array(closed({ hold: HoldId, receipts: Type.Integer() }, { title: 'HeldReceipts' }), {
  description: 'Receipts old enough that legal holds kept.',
})
const Base64 = Type.String({ contentEncoding: 'base64' })
const Index = Type.Integer({ minimum: 0 })
const bounds = { from: Index, to: Index }
const times = { oldestAt: Instant, newestAt: Instant }
const removed = {
  class: RetentionClass,
  held: Held,
  log: Type.String({ description: 'The origin of the log.' }),
  policy: Type.String({ description: 'SHA-256 of the rules.' }),
}
const denials = {
  retention_unset: d.retention_unset,
  nothing_due: d.nothing_due,
  case_unknown: caseDenials.case_unknown,
  under_hold: holdDenials.under_hold,
}

export const evidencePrune = operation({
  name: 'evidence.prune',
  summary: 'Prune receipts',
  description:
    'Removes the oldest receipts of a class, as far as the rules allow by age, in one step of bounded size; `nothing_due` says that all are done. The answer is the statement that bundles carry: which entries of which log are gone, and the roots over them. What is under legal hold, and what is still open, is kept. The server does it daily by itself.',
  effect: 'write',
  input: Which,
  output: closed({
    ...removed,
    kind: Type.Literal('prune'),
    ranges: Type.Array(
      closed(
        {
          ...bounds,
          ...times,
          subtrees: Type.Array(closed({ ...bounds, root: Base64 }, { title: 'Subtree' })),
        },
        { title: 'PrunedRange' },
      ),
    ),
  }),
  denials,
  rest: { method: 'POST', path: '/evidence/prune' },
  graphql: { kind: 'mutation', field: 'evidencePrune' },
  cli: { command: 'evidence prune', positional: ['class'] },
})
export const evidenceFold = operation({
  name: 'evidence.fold',
  summary: 'Fold receipts',
  description:
    'Of the oldest receipts of a class, as far as the rules allow by age, keeps times, counts and the leaf hash alone: their parts, and with them who did what, go. Otherwise like `evidence.prune`.',
  effect: 'write',
  input: Which,
  output: closed({
    ...removed,
    kind: Type.Literal('fold'),
    ranges: Type.Array(closed({ ...bounds, ...times, fixed: Sha256 }, { title: 'FoldedRange' })),
  }),
  denials,
  rest: { method: 'POST', path: '/evidence/fold' },
  graphql: { kind: 'mutation', field: 'evidenceFold' },
  cli: { command: 'evidence fold', positional: ['class'] },
})
