import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { closed, Instant, Micros, PackageName, ReceiptId, RunId, UserId } from '../schema.ts'

const Month = Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$', description: 'A UTC month.' })
const Budget = closed(
  {
    month: Month,
    limitMicros: Micros,
    spentMicros: Micros,
    reservedMicros: Micros,
    leftMicros: Micros,
    prices: Type.Record(Type.String(), Micros, { description: 'Micros per unit: run, call, row, cpuMs.' }),
  },
  { title: 'Budget' },
)

export const budgetRead = operation({
  name: 'budget.read',
  summary: 'Show the budget',
  description:
    "Your organisation's budget of a month, this one unless you say which: limit, spent, reserved by runs under way, left.",
  effect: 'read',
  input: closed({ month: Type.Optional(Month) }),
  output: Budget,
  denials: {},
  rest: { method: 'GET', path: '/budget' },
  graphql: { kind: 'query', field: 'budget' },
  cli: { command: 'budget show' },
})
export const budgetSet = operation({
  name: 'budget.set',
  summary: 'Set the budget',
  description: 'The monthly limit; what is spent already stays spent.',
  effect: 'write',
  input: closed({ limitMicros: Type.String({ pattern: '^[0-9]{1,15}$' }) }),
  output: Budget,
  denials: {},
  rest: { method: 'PUT', path: '/budget' },
  graphql: { kind: 'mutation', field: 'budgetSet' },
  cli: { command: 'budget set', positional: ['limitMicros'] },
})
const PerRun = closed(
  {
    runs: Type.Integer({ description: 'How many runs the figures are of.' }),
    costMicros: closed({ p50: Micros, p95: Micros }, { title: 'CostQuantiles' }),
    wallMicros: closed(
      { p50: Type.Integer(), p95: Type.Integer() },
      { title: 'WallQuantiles', description: 'Microseconds from asking to outcome.' },
    ),
  },
  {
    title: 'UsagePerRun',
    description:
      'Exact, by nearest rank: of runs there were, replays included; durations in begun milliseconds. With very many runs it may be some seconds old.',
  },
)

export const usageRead = operation({
  name: 'usage.read',
  summary: 'Read the meters',
  description:
    'Metered use of a month per plugin, user or in all, with what half (p50) and nineteen in twenty (p95) of its runs cost and took at most.',
  effect: 'read',
  input: closed({
    month: Type.Optional(Month),
    by: Type.Optional(
      Type.Union([Type.Literal('package'), Type.Literal('user'), Type.Literal('organisation')], {
        default: 'package',
      }),
    ),
  }),
  output: closed({
    month: Month,
    rows: Type.Array(
      closed({
        key: Type.String({
          description: 'The plugin, user or organisation; empty for use without a plugin.',
        }),
        name: Type.String({ description: 'What a user is called; else the same as key.' }),
        runs: Type.Integer(),
        calls: Type.Integer(),
        rows: Type.Integer(),
        cpuMicros: Type.Integer(),
        costMicros: Micros,
        perRun: Type.Union([PerRun, Type.Null()], {
          description: 'Of the runs that ended; null when there is none.',
        }),
      }),
    ),
  }),
  denials: {},
  rest: { method: 'GET', path: '/usage' },
  graphql: { kind: 'query', field: 'usage' },
  cli: { command: 'usage' },
})
export const usageRuns = operation({
  name: 'usage.runs',
  summary: 'List the dearest runs',
  description:
    'Runs of a month that ended, the dearest first: who ran what, what it cost and how long it took.',
  effect: 'read',
  input: closed({
    month: Type.Optional(Month),
    package: Type.Optional(PackageName),
    user: Type.Optional(UserId),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: 20, description: 'At most so many rows.' }),
    ),
  }),
  output: closed({
    month: Month,
    rows: Type.Array(
      closed({
        receipt: ReceiptId,
        run: Type.Union([RunId, Type.Null()]),
        package: Type.String(),
        user: Type.String(),
        name: Type.String({ description: 'What the user is called.' }),
        at: Instant,
        costMicros: Micros,
        wallMicros: Type.Integer(),
      }),
    ),
  }),
  denials: {},
  rest: { method: 'GET', path: '/usage/runs' },
  graphql: { kind: 'query', field: 'usageRuns' },
  cli: { command: 'usage runs' },
})
