import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const feedDenials = {
  feed_unknown: denial<{ feed: string }>({
    category: 'not_found',
    example: { feed: 'siem' },
    message: (p) => `There is no feed ${p.feed} in your organisation.`,
    change: () => 'List them: switchboard feed list',
  }),
  feed_name_taken: denial<{ feed: string }>({
    category: 'conflict',
    example: { feed: 'siem' },
    message: (p) => `There is a feed ${p.feed} already.`,
    change: () => 'Choose another name, or remove that feed first.',
  }),
  feeds_too_many: denial<{ most: number }>({
    category: 'over_limit',
    example: { most: 20 },
    message: (p) => `An organisation has at most ${p.most} feeds.`,
    change: () => 'Remove one that nobody needs: switchboard feed list',
  }),
  feed_destination_invalid: denial<{ to: string; rule: string }>({
    category: 'invalid',
    example: { to: 'http://siem.corp.example', rule: 'must begin with https://' },
    message: (p) => `The destination ${p.to} ${p.rule}.`,
    change: () => 'Give https://HOST[:PORT]/PATH for a webhook, HOST[:PORT] for syslog over TLS.',
  }),
  feed_destination_closed: denial<{ to: string; setting: string }>({
    category: 'forbidden',
    example: { to: 'https://siem.corp.example:443', setting: 'SWITCHBOARD_FEED_DESTINATIONS' },
    message: (p) => `The operator of this server has not opened ${p.to} for feeds.`,
    change: (p) => `Ask the operator to name it in ${p.setting}.`,
  }),
  feed_ca_invalid: denial<{ rule: string }>({
    category: 'invalid',
    example: { rule: 'holds no certificate of a CA' },
    message: (p) => `The text given as ca ${p.rule}.`,
    change: () => 'Give the certificate of the CA that signed the receiver, in PEM.',
  }),
  feed_test_failed: denial<{ feed: string; reason: string }>({
    category: 'failed',
    example: { feed: 'siem', reason: 'the receiver answered 500' },
    message: (p) => `The feed ${p.feed} could not deliver: ${p.reason}.`,
    change: () => 'Mend the receiver or its address; what waits is kept and sent again by itself.',
  }),
  feed_cursor_invalid: denial<{ rule: string }>({
    category: 'invalid',
    example: { rule: 'is no cursor of this server' },
    message: (p) => `The cursor ${p.rule}.`,
    change: () => 'Give the cursor of the last record that you kept, or none to begin at the start.',
  }),
  feed_cursor_ahead: denial<{ log: string; index: number; size: number }>({
    category: 'conflict',
    example: { log: 'log.example/5f3e9a01/standard', index: 900, size: 812 },
    message: (p) => `The log ${p.log} has ${p.size} entries, and you have read ${p.index} of it.`,
    change: () =>
      'The server was put back to an earlier state. Keep what you have: it proves so. Then ask its operator.',
  }),
} as const satisfies DenialTable
