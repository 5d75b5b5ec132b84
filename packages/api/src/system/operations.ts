import { Type } from 'typebox'
import { gateDenials } from '../gate/denials.ts'
import { holdDenials } from '../holds/denials.ts'
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
    sandboxMend: Type.String({
      description: 'Below the level full: the one line that would mend it. Otherwise empty.',
    }),
    sandboxNotice: Type.Optional(
      Type.String({ description: 'At the level development: what it does not protect, and what mends it.' }),
    ),
    sandboxCanaries: Type.Array(
      closed({
        canary: Type.String({ description: 'A way out that was tried in the jail.' }),
        verdict: Type.String({
          description:
            'held: refused in the jail, and possible without it; unproven: this machine refuses it to everybody.',
        }),
      }),
      { description: 'What the probe of the level tried; empty at development.' },
    ),
    store: Type.String({ description: 'sqlite or postgresql.' }),
    storePlace: Type.String({
      description: 'Where the data lies: the folder of the server, or the host of PostgreSQL.',
    }),
    region: Type.String(),
    outside: closed(
      {
        requests: Type.Boolean({
          description:
            'Whether a plugin has ever asked for anything outside, refused or not, as far as receipts go back.',
        }),
        feeds: Type.Boolean({
          description: 'Whether receipts go to a SIEM, or ever did, as far as receipts go back.',
        }),
        witnesses: Type.Integer({ description: 'Witnesses that this server sends its checkpoints to.' }),
        database: Type.Boolean({ description: 'Whether the data lies in a database on another machine.' }),
        netGrants: Type.Integer({
          description: 'Hosts that installed plugins were granted, each counted once for each plugin.',
        }),
      },
      {
        description:
          'By what something of your organisation may have left this machine. What people fetched themselves, such as this answer, is not counted.',
      },
    ),
    logSize: Type.Integer({ description: 'Entries of the logs of your organisation.' }),
    logKey: Type.String({ description: "The verifier key of this server's logs." }),
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
    'Deletes the demonstration organisation with its users, graph, cases, installations and runs in one step; its receipts stay in the log. Refused while one of its packages is in quarantine, or one of its cases under legal hold.',
  effect: 'write',
  input: closed({}),
  output: closed({ removed: Type.Array(closed({ what: Type.String(), count: Type.Integer() })) }),
  denials: {
    package_quarantined: gateDenials.package_quarantined,
    under_hold: holdDenials.under_hold,
  },
  rest: { method: 'DELETE', path: '/demo' },
  cli: { command: 'demo remove' },
})
