import { Type } from 'typebox'
import { operation } from '../operation.ts'
import {
  CaseId,
  closed,
  Instant,
  Json,
  Limit,
  Micros,
  Cursor,
  Page,
  PackageName,
  ReceiptId,
  RunId,
  Sha256,
  UserId,
  Version,
} from '../schema.ts'
import { gateDenials } from '../gate/denials.ts'
import { holdDenials } from '../holds/denials.ts'
import { marketplaceDenials } from '../marketplace/denials.ts'
import { caseDenials } from '../cases/denials.ts'
import { pluginDenials as d } from './denials.ts'

const RunState = Type.Union([
  Type.Literal('queued'),
  Type.Literal('running'),
  Type.Literal('succeeded'),
  Type.Literal('denied'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
  Type.Literal('unknown'),
])
const Usage = closed(
  {
    wallMicros: Type.Integer(),
    cpuMicros: Type.Integer(),
    memoryBytes: Type.Integer(),
    calls: Type.Integer(),
    rows: Type.Integer(),
    outputBytes: Type.Integer(),
  },
  { title: 'Usage' },
)
const Span = closed(
  {
    receiptId: ReceiptId,
    operation: Type.String(),
    startedAt: Instant,
    wallMicros: Type.Integer(),
    rows: Type.Integer(),
    costMicros: Micros,
    decision: Type.String(),
    denial: Type.Optional(Json),
  },
  { title: 'Span' },
)
const RunSummary = closed(
  {
    id: RunId,
    package: PackageName,
    version: Version,
    state: RunState,
    requestedBy: Type.String(),
    startedAt: Instant,
    endedAt: Type.Union([Instant, Type.Null()]),
    case: Type.Union([CaseId, Type.Null()]),
    costMicros: Micros,
    level: Type.String({ description: 'The sandbox level that the run had.' }),
    receiptId: Type.Union([ReceiptId, Type.Null()]),
  },
  { title: 'Run' },
)
const LevelNotice = Type.Optional(
  Type.String({
    description: 'Of a run at the level development: what it was not protected against, and what mends it.',
  }),
)
const RowChange = closed(
  {
    row: Type.String({ description: 'e1, e2 … for entities, r1, r2 … for relations.' }),
    change: Type.Union([Type.Literal('create'), Type.Literal('update'), Type.Literal('same')]),
    what: Json,
    accepted: Type.Boolean(),
  },
  { title: 'RowChange' },
)
const runInput = {
  id: PackageName,
  input: Type.Optional(Json),
  case: Type.Optional(CaseId),
}
const runDenials = {
  not_installed: marketplaceDenials.not_installed,
  kind_mismatch: marketplaceDenials.kind_mismatch,
  case_unknown: caseDenials.case_unknown,
  plugin_input_invalid: d.plugin_input_invalid,
} as const

export const pluginRun = operation({
  name: 'plugin.run',
  summary: 'Run a plugin',
  description:
    'Runs an installed plugin in the sandbox and answers its result with provenance, cost and receipt. `run` performs a queued run of your own.',
  effect: 'external',
  input: closed({ ...runInput, run: Type.Optional(RunId) }),
  output: closed({
    ok: Type.Boolean(),
    runId: RunId,
    result: Json,
    usage: Usage,
    costMicros: Micros,
    level: Type.String(),
    levelNotice: LevelNotice,
    spans: Type.Array(Span),
    proposal: closed({ create: Type.Integer(), update: Type.Integer(), same: Type.Integer() }),
  }),
  denials: {
    ...runDenials,
    'BudgetExceeded:time': d['BudgetExceeded:time'],
    'BudgetExceeded:cpu': d['BudgetExceeded:cpu'],
    'BudgetExceeded:memory': d['BudgetExceeded:memory'],
    'BudgetExceeded:output': d['BudgetExceeded:output'],
    plugin_threw: d.plugin_threw,
    'BudgetExceeded:rows': gateDenials['BudgetExceeded:rows'],
    'BudgetExceeded:calls': gateDenials['BudgetExceeded:calls'],
    CapabilityDenied: gateDenials.CapabilityDenied,
    result_invalid: d.result_invalid,
    run_not_active: d.run_not_active,
    run_cancelled: d.run_cancelled,
    runner_lost: d.runner_lost,
  },
  rest: { method: 'POST', path: '/plugins/{id}/runs' },
  graphql: { kind: 'mutation', field: 'pluginRun' },
  cli: { command: 'plugin run', positional: ['id'] },
})
export const runSubmit = operation({
  name: 'run.submit',
  summary: 'Run a plugin as a job',
  description: 'Queues a run and answers at once; follow it with run.detail or its live log.',
  effect: 'write',
  input: closed(runInput),
  output: closed({ runId: RunId, state: RunState }),
  denials: runDenials,
  rest: { method: 'POST', path: '/plugins/{id}/jobs' },
  graphql: { kind: 'mutation', field: 'runSubmit' },
  cli: { command: 'run submit', positional: ['id'] },
})
export const runList = operation({
  name: 'run.list',
  summary: 'List runs',
  description:
    'The runs of your organisation, newest first: of a package, on a case, in a state, requested `by` a user.',
  effect: 'read',
  input: closed({
    package: Type.Optional(PackageName),
    case: Type.Optional(CaseId),
    state: Type.Optional(RunState),
    by: Type.Optional(UserId),
    limit: Limit,
    cursor: Cursor,
  }),
  output: Page(RunSummary),
  denials: {},
  rest: { method: 'GET', path: '/runs' },
  graphql: { kind: 'query', field: 'runs' },
  cli: { command: 'run list' },
})
export const runDetail = operation({
  name: 'run.detail',
  summary: 'Show a run',
  description:
    'A run as a trace: one span per brokered call with its receipt and cost, also while it runs; the result and its usage.',
  effect: 'read',
  input: closed({ id: RunId }),
  output: closed({
    run: RunSummary,
    levelNotice: LevelNotice,
    input: Json,
    result: Json,
    denial: Json,
    usage: Type.Union([Usage, Type.Null()]),
    spans: Type.Array(Span),
  }),
  denials: { run_unknown: d.run_unknown },
  rest: { method: 'GET', path: '/runs/{id}' },
  graphql: { kind: 'query', field: 'run' },
  cli: { command: 'run detail', positional: ['id'] },
})
export const runLog = operation({
  name: 'run.log',
  summary: "Read a run's log",
  description:
    'Captured output after line `after`. The live stream is GET /runs/{id}/events (server-sent events, resumable by Last-Event-ID).',
  effect: 'read',
  input: closed({ id: RunId, after: Type.Optional(Type.Integer({ minimum: 0 })), limit: Limit }),
  output: closed({
    lines: Type.Array(
      closed({ line: Type.Integer(), stream: Type.String(), text: Type.String(), at: Instant }),
    ),
    ended: Type.Boolean(),
  }),
  denials: { run_unknown: d.run_unknown },
  rest: { method: 'GET', path: '/runs/{id}/log' },
  cli: { command: 'run log', positional: ['id'], follow: '/runs/{id}/events' },
})
export const runCancel = operation({
  name: 'run.cancel',
  summary: 'Cancel a run',
  description: 'Stops a queued or running run; what it used so far is settled.',
  effect: 'write',
  input: closed({ id: RunId }),
  output: closed({ id: RunId, state: RunState }),
  denials: { run_unknown: d.run_unknown, run_not_active: d.run_not_active },
  rest: { method: 'POST', path: '/runs/{id}/cancel' },
  graphql: { kind: 'mutation', field: 'runCancel' },
  cli: { command: 'run cancel', positional: ['id'] },
})
export const runDiff = operation({
  name: 'run.diff',
  summary: 'Show what a run proposes',
  description: 'The proposed entities and relations as a difference against the graph as it is now.',
  effect: 'read',
  input: closed({ id: RunId }),
  output: closed({ rows: Type.Array(RowChange) }),
  denials: { run_unknown: d.run_unknown, run_without_result: d.run_without_result },
  rest: { method: 'GET', path: '/runs/{id}/diff' },
  graphql: { kind: 'query', field: 'runDiff' },
  cli: { command: 'run diff', positional: ['id'] },
})
export const runAccept = operation({
  name: 'run.accept',
  summary: "Accept a run's proposal into a case",
  description:
    'Writes the chosen rows (all of them unless `rows` names some) into the graph and attaches them to the case, with the run as provenance.',
  effect: 'write',
  input: closed({
    id: RunId,
    case: CaseId,
    rows: Type.Optional(
      Type.Array(Type.String({ pattern: '^[er][0-9]{1,6}$' }), { maxItems: 10_000, uniqueItems: true }),
    ),
  }),
  output: closed({
    accepted: Type.Integer(),
    created: Type.Integer(),
    updated: Type.Integer(),
    relations: Type.Integer(),
  }),
  denials: {
    run_unknown: d.run_unknown,
    run_without_result: d.run_without_result,
    proposal_row_unknown: d.proposal_row_unknown,
    case_unknown: caseDenials.case_unknown,
  },
  rest: { method: 'POST', path: '/runs/{id}/accept' },
  graphql: { kind: 'mutation', field: 'runAccept' },
  cli: { command: 'run accept', positional: ['id', 'case'] },
})
export const runUndo = operation({
  name: 'run.undo',
  summary: 'Undo a run',
  description: 'Takes back everything that was accepted from a run and nobody else has since confirmed.',
  effect: 'write',
  input: closed({ id: RunId }),
  output: closed({
    removedEntities: Type.Integer(),
    removedRelations: Type.Integer(),
    restored: Type.Integer(),
    kept: Type.Integer(),
  }),
  denials: {
    run_unknown: d.run_unknown,
    nothing_to_undo: d.nothing_to_undo,
    under_hold: holdDenials.under_hold,
  },
  rest: { method: 'POST', path: '/runs/{id}/undo' },
  graphql: { kind: 'mutation', field: 'runUndo' },
  cli: { command: 'run undo', positional: ['id'] },
})

const RunEnd = closed(
  {
    kind: Type.Union([Type.Literal('result'), Type.Literal('denial')]),
    code: Type.Union([Type.String({ description: 'Of the denial.' }), Type.Null()]),
    sha256: Sha256,
  },
  {
    title: 'RunOutput',
    description: "Digest of a run's result, or of its denial without measured figures, as canonical JSON.",
  },
)
const Divergence = closed(
  {
    kind: Type.Union([
      Type.Literal('method'),
      Type.Literal('arguments'),
      Type.Literal('call_added'),
      Type.Literal('call_removed'),
      Type.Literal('timer'),
      Type.Literal('end'),
      Type.Literal('output'),
    ]),
    call: Type.Union([Type.Integer({ description: 'Number of the call, from 1.' }), Type.Null()]),
    method: Type.Union([Type.String({ description: 'That was recorded, or asked for.' }), Type.Null()]),
    path: Type.Union([Type.String({ description: 'JSON pointer into the result.' }), Type.Null()]),
    expected: Type.Union([Type.String(), Type.Null()]),
    actual: Type.Union([Type.String(), Type.Null()]),
  },
  { title: 'Divergence', description: 'Where a replay first left its recording.' },
)
const ReplayedCall = closed(
  { call: Type.Integer(), method: Type.String(), arguments: Sha256 },
  { title: 'ReplayedCall' },
)
export const runReplay = operation({
  name: 'run.replay',
  summary: 'Replay a recorded run',
  description:
    'Runs the same package version in the sandbox with the recorded answers, randomness and clock: no call reaches anything. Answers that the output digest is the same, or where the run first diverged. `id` is the run or a receipt of it; `against` takes another version of the package that is on the shelf.',
  effect: 'external',
  input: closed({
    id: Type.String({
      pattern: '^(run|rct)_[0-9a-f]{32}$',
      description: 'A plugin run, or a receipt of it.',
    }),
    against: Type.Optional(Version),
  }),
  output: closed({
    verdict: Type.Union(
      [
        Type.Literal('same'),
        Type.Literal('same_until_stop'),
        Type.Literal('diverged'),
        Type.Literal('damaged'),
      ],
      {
        description:
          'same_until_stop: the run had been stopped from outside (time, CPU, memory, cancelled), and up to there its replay did the same. damaged: what is stored is not what was recorded, whatever the replay of it then gave.',
      },
    ),
    runId: RunId,
    receiptId: ReceiptId,
    package: PackageName,
    recordedVersion: Version,
    version: Version,
    level: Type.String({ description: 'The sandbox level that the replay had.' }),
    expected: RunEnd,
    actual: RunEnd,
    divergence: Type.Union([Divergence, Type.Null()]),
    damaged: Type.Array(
      closed(
        { what: Type.String(), expected: Sha256, actual: Sha256 },
        { title: 'RecordingDamage', description: 'A piece of the recording that no longer has its digest.' },
      ),
    ),
    differences: Type.Array(
      closed(
        {
          path: Type.String({ description: 'JSON pointer into the result.' }),
          change: Type.Union([Type.Literal('added'), Type.Literal('removed'), Type.Literal('changed')]),
        },
        { title: 'OutputDifference' },
      ),
      { description: 'Of the results, at most 200; empty where the recorded result cannot be had again.' },
    ),
    recordedCalls: Type.Integer(),
    addedCalls: Type.Array(ReplayedCall, { description: 'Asked for, but never recorded; at most 200.' }),
    removedCalls: Type.Array(ReplayedCall, { description: 'Recorded, but not asked for; at most 200.' }),
    cpuMicros: Type.Integer(),
    costMicros: Micros,
  }),
  denials: {
    run_unknown: d.run_unknown,
    package_unknown: marketplaceDenials.package_unknown,
    replay_stopped: d.replay_stopped,
    recording_absent: d.recording_absent,
    run_not_replayable: d.run_not_replayable,
    recording_damaged: d.recording_damaged,
    run_cancelled: d.run_cancelled,
    runner_lost: d.runner_lost,
  },
  rest: { method: 'POST', path: '/runs/{id}/replays' },
  graphql: { kind: 'mutation', field: 'runReplay' },
  cli: {
    command: 'replay',
    positional: ['id'],
    exit: { field: 'verdict', codes: { diverged: 4, damaged: 5 } },
  },
})
export const runForgetRecording = operation({
  name: 'run.forget_recording',
  summary: 'Erase recordings',
  description:
    'Erases what was recorded of a run, or of every run on a case, so that it can no longer be replayed. Receipts stay.',
  effect: 'write',
  input: closed({
    id: Type.String({ pattern: '^(run|case)_[0-9a-f]{32}$', description: 'A run, or a case.' }),
  }),
  output: closed({ recordings: Type.Integer(), answers: Type.Integer(), bytes: Type.Integer() }),
  denials: {
    under_hold: holdDenials.under_hold,
    run_unknown: d.run_unknown,
    case_unknown: caseDenials.case_unknown,
    recording_absent: d.recording_absent,
  },
  rest: { method: 'DELETE', path: '/recordings/{id}' },
  graphql: { kind: 'mutation', field: 'runForgetRecording' },
  cli: { command: 'run forget', positional: ['id'] },
})
export const recordingPrune = operation({
  name: 'recording.prune',
  summary: 'Drop old recordings',
  description:
    'Erases a batch of recordings that are older than recordingDays, or the oldest while there is more than recordingMegabytes. The server does it by itself; `more` says that there is more to do.',
  effect: 'write',
  input: closed({}),
  output: closed({
    expired: Type.Integer(),
    evicted: Type.Integer(),
    answers: Type.Integer(),
    bytes: Type.Integer(),
    held: Type.Integer({ description: 'Recordings past their time that a legal hold keeps.' }),
    more: Type.Boolean(),
  }),
  denials: {},
  rest: { method: 'POST', path: '/recordings/prune' },
  cli: { command: 'run prune' },
})
export const pluginUndo = operation({
  name: 'plugin.undo',
  summary: 'Undo everything a plugin wrote',
  description:
    'Takes back what every run of the package wrote or had accepted, newest first, as far as nobody else has since confirmed it.',
  effect: 'write',
  input: closed({ id: PackageName }),
  output: closed({
    runs: Type.Integer({ description: 'Runs that had written something.' }),
    removedEntities: Type.Integer(),
    removedRelations: Type.Integer(),
    restored: Type.Integer(),
    kept: Type.Integer(),
  }),
  denials: { not_installed: marketplaceDenials.not_installed, under_hold: holdDenials.under_hold },
  rest: { method: 'POST', path: '/plugins/{id}/undo' },
  cli: { command: 'plugin undo', positional: ['id'] },
})
