import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { closed, Micros } from '../schema.ts'

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
  description: "Your organisation's budget of this month: limit, spent, reserved by runs under way, left.",
  effect: 'read',
  input: closed({}),
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
export const usageRead = operation({
  name: 'usage.read',
  summary: 'Read the meters',
  description: 'Metered use of a month per plugin and user.',
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
        key: Type.String(),
        runs: Type.Integer(),
        calls: Type.Integer(),
        rows: Type.Integer(),
        cpuMicros: Type.Integer(),
        costMicros: Micros,
      }),
    ),
  }),
  denials: {},
  rest: { method: 'GET', path: '/usage' },
  graphql: { kind: 'query', field: 'usage' },
  cli: { command: 'usage' },
})
