import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { closed } from '../schema.ts'

export const systemStatus = operation({
  name: 'system.status',
  summary: 'State of the server',
  description: 'Version, sandbox level, where data lives, log size, counts.',
  effect: 'read',
  input: closed({}),
  output: closed({
    version: Type.String(),
    sandboxLevel: Type.String(),
    store: Type.String({ description: 'sqlite or postgresql.' }),
    region: Type.String(),
    logSize: Type.Integer(),
    logKey: Type.String({ description: 'The verifier key of this log.' }),
    pendingReceipts: Type.Integer(),
    organisation: Type.String(),
    demo: Type.Boolean({ description: 'Whether the demonstration organisation is present.' }),
  }),
  denials: {},
  rest: { method: 'GET', path: '/status' },
  graphql: { kind: 'query', field: 'status' },
  cli: { command: 'status' },
})
export const demoRemove = operation({
  name: 'demo.remove',
  summary: 'Remove the demonstration',
  description:
    'Deletes the demonstration organisation with its users, graph, cases, installations and runs in one step; its receipts stay in the log.',
  effect: 'write',
  input: closed({}),
  output: closed({ removed: Type.Array(closed({ what: Type.String(), count: Type.Integer() })) }),
  denials: {},
  rest: { method: 'DELETE', path: '/demo' },
  cli: { command: 'demo remove' },
})
