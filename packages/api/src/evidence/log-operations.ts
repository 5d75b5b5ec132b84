import { Type } from 'typebox'
import { operation } from '../operation.ts'
import { closed } from '../schema.ts'
import { evidenceDenials } from './denials.ts'
import { logDenials as d } from './log-denials.ts'

const RetentionClass = Type.Union([Type.Literal('standard'), Type.Literal('short'), Type.Literal('long')], {
  description: 'Each retention class of an organisation is a log of its own.',
})

export const logEntries = operation({
  name: 'log.entries',
  summary: 'Read entries of a log',
  description:
    'An entry bundle of C2SP tlog-tiles: for each entry two bytes of length and the entry. An entry that was pruned or folded, or is not of your organisation, has length 0.',
  effect: 'read',
  input: closed({
    log: Type.String({
      pattern: '^(?:[0-9a-f]{8}/(?:standard|short|long))?$',
      description:
        'The end of its origin, such as 5f3e9a01/short; empty for a log whose origin is the name of the key.',
    }),
    tile: Type.String({
      pattern: '^tile/entries/(?:x[0-9]{3}/){0,4}[0-9]{3}(?:[.]p/[1-9][0-9]{0,2})?$',
      description:
        'Which bundle, as a C2SP path: tile/entries/000, or tile/entries/003.p/44 where the last is not full.',
    }),
  }),
  output: closed({
    origin: Type.String(),
    from: Type.Integer({ description: 'Index of the first entry.' }),
    count: Type.Integer(),
    entries: Type.String({ contentEncoding: 'base64' }),
  }),
  denials: { log_unknown: d.log_unknown, log_entries_unknown: d.log_entries_unknown },
  rest: { method: 'GET', path: '/evidence/entries' },
  graphql: { kind: 'query', field: 'logEntries' },
  cli: { command: 'evidence entries', positional: ['log', 'tile'], out: 'entries' },
})
export const logConsistency = operation({
  name: 'log.consistency',
  summary: 'Prove that a log only grew',
  description:
    'The root at an earlier size, the newest checkpoint, and the RFC 6962 proof that the one extends the other: hold it against the checkpoint you kept.',
  effect: 'read',
  input: closed({
    class: Type.Optional(RetentionClass),
    from: Type.Integer({ minimum: 1, description: 'Size of the checkpoint you kept.' }),
  }),
  output: closed({
    origin: Type.String(),
    from: Type.Integer(),
    root: Type.String({ description: 'Base64 of the root at that size.' }),
    size: Type.Integer(),
    checkpoint: Type.String(),
    proof: Type.Array(Type.String(), { description: 'Hashes in base64, in the order of RFC 6962.' }),
  }),
  denials: { log_unknown: d.log_unknown, checkpoint_ahead: evidenceDenials.checkpoint_ahead },
  rest: { method: 'GET', path: '/evidence/consistency' },
  graphql: { kind: 'query', field: 'logConsistency' },
  cli: { command: 'evidence consistency' },
})
export const logRotateKey = operation({
  name: 'log.rotate_key',
  summary: 'Replace the key that signs the logs',
  description:
    'Signs a note with the old key and with a new one, under the same name, that says where each log stood; from then on the new key signs, and the old one is destroyed. Whoever trusts the old key trusts the new one by the note.',
  effect: 'write',
  input: closed({
    reason: Type.String({
      minLength: 1,
      maxLength: 500,
      description: 'Why, for those who read the receipt.',
    }),
  }),
  output: closed({
    key: Type.String({ description: 'The new verifier key; give it to those who verify.' }),
    was: Type.String(),
    note: Type.String({ description: 'The rotation note, signed by both.' }),
    logs: Type.Integer({ description: 'Logs whose newest checkpoint was signed anew.' }),
  }),
  denials: {},
  rest: { method: 'POST', path: '/evidence/key-rotations' },
  graphql: { kind: 'mutation', field: 'logRotateKey' },
  cli: { command: 'evidence rotate-key' },
})
