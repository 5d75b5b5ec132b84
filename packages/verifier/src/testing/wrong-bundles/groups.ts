import { made, section, small, text } from './wrong.ts'
import type { Wrong } from './wrong.ts'

/** Receipts that are wrong, in the columns that they lie in. */
export const groups: readonly Wrong[] = [
  {
    what: 'a head with another member',
    make: section(
      'group/0/head',
      text((head) => head.replace('{', '{"also":1,')),
    ),
    includes: 'group_head',
  },
  {
    what: 'a head of another form',
    make: section(
      'group/0/head',
      text((head) => head.replace('full', 'folded')),
    ),
    includes: 'group_head',
  },
  {
    what: 'a group of no receipts',
    make: section(
      'group/0/head',
      text((head) => head.replace(/"count":\d+/, '"count":0')),
    ),
    includes: 'group_head',
  },
  {
    what: 'a group of too many receipts',
    make: section(
      'group/0/head',
      text((head) => head.replace(/"count":\d+/, '"count":65537')),
    ),
    includes: 'group_head',
  },
  {
    what: 'a group of a log that is not there',
    make: section(
      'group/0/head',
      text((head) => head.replace('"log":0', '"log":3')),
    ),
    includes: 'group_head',
  },
  {
    what: 'a count in another notation',
    make: section(
      'group/0/head',
      text((head) => head.replace('"log":0', '"log":0.0')),
    ),
    includes: 'json_not_canonical',
  },
  {
    what: 'a count that is less',
    make: section(
      'group/0/head',
      text((head) => head.replace('11', '10')),
    ),
    includes: 'group_column',
  },
  {
    what: 'a salt too many',
    make: section('group/0/actor/salt', (raw) => Buffer.concat([raw, Buffer.alloc(32)])),
    includes: 'group_column',
  },
  {
    what: 'a commitment too few',
    make: section('group/0/actor/commitment', (raw) => raw.subarray(32)),
    includes: 'group_column',
  },
  {
    what: 'a bit beyond the last receipt',
    make: section('group/0/actor/opened', (raw) => raw.fill((raw.at(-1) ?? 0) | 0x80, raw.length - 1)),
    includes: 'group_column',
  },
  {
    what: 'an index that goes on',
    make: section('group/0/index', (raw) => Buffer.concat([raw, Buffer.of(1)])),
    includes: 'group_column',
  },
  {
    what: 'an index twice',
    make: section('group/0/index', (raw) => raw.fill(0, 1, 2)),
    includes: 'index_order',
  },
  {
    what: 'an index with a longer form of zero',
    make: section('group/0/index', (raw) => Buffer.concat([Buffer.of(0x80, 0), raw.subarray(1)])),
    includes: 'group_varint',
  },
  {
    what: 'an index above 2^53',
    make: section('group/0/index', (raw) =>
      Buffer.concat([Buffer.alloc(7, 0xff), Buffer.of(0x7f), raw.subarray(1)]),
    ),
    includes: 'group_varint',
  },
  {
    what: 'an index that does not end',
    make: section('group/0/index', (raw) => Buffer.concat([raw.subarray(1), Buffer.of(0x80)])),
    includes: 'group_varint',
  },
  {
    what: 'a place that is out of turn',
    make: section('group/0/actor/value', (raw) => raw.fill(1, 0, 1)),
    includes: 'group_value',
  },
  {
    what: 'a value that nobody uses',
    make: section('group/0/place/values', (raw) => Buffer.concat([raw, Buffer.of(2), Buffer.from('{}')])),
    includes: 'group_value',
  },
  {
    what: 'more values than parts',
    make: section('group/0/place/values', (raw) => Buffer.concat([raw, Buffer.alloc(99, 0)])),
    includes: 'group_value',
  },
  {
    what: 'a value beyond the end',
    make: section('group/0/place/values', (raw) => Buffer.concat([Buffer.of(0xff, 0x7f), raw.subarray(1)])),
    includes: 'group_column',
  },
  {
    what: 'a value that is a list',
    make: section('group/0/place/values', (raw) =>
      Buffer.from(
        raw.toString('latin1').replace(/\{.*\}/, (value) => `["${'x'.repeat(value.length - 4)}"]`),
        'latin1',
      ),
    ),
    includes: 'group_value',
  },
  {
    what: 'a value with white space',
    make: section('group/0/place/values', (raw) =>
      Buffer.from(raw.toString('latin1').replace(':"eu-1"', ': "eu-"'), 'latin1'),
    ),
    includes: 'json_not_canonical',
  },
  {
    what: 'a value that is not UTF-8',
    make: section('group/0/place/values', (raw) =>
      Buffer.from(raw.toString('latin1').replace('eu-1', 'eu-\xff'), 'latin1'),
    ),
    includes: 'utf8_invalid',
  },
  {
    what: 'a salt changed',
    make: section('group/0/actor/salt', (raw) => raw.fill(0, 0, 1)),
    rules: ['entry_check', 'manifest_receipts', 'proof_root'],
  },
  {
    what: 'a value changed',
    make: section('group/0/actor/values', (raw) =>
      Buffer.from(raw.toString('latin1').replace('usr_ana', 'usr_eve'), 'latin1'),
    ),
    rules: ['entry_check', 'manifest_receipts', 'proof_root'],
  },
  {
    what: 'a cost changed',
    make: section('group/0/fixed', (raw) => raw.fill(7, raw.length - 1)),
    rules: ['entry_check', 'manifest_receipts', 'manifest_perf_cost', 'proof_root'],
  },
  {
    what: 'an entry of another class',
    make: section('group/0/fixed', (raw) => raw.fill(2, 11 * 59, 11 * 59 + 1)),
    includes: 'entry_class',
  },
  {
    what: 'an entry of a class that is not known',
    make: section('group/0/fixed', (raw) => raw.fill(9, 11 * 59, 11 * 59 + 1)),
    includes: 'entry_retention',
  },
  {
    what: 'a trace that is all zeros',
    make: section('group/0/fixed', (raw) => raw.fill(0, 11 * 16, 11 * 16 + 16)),
    includes: 'entry_trace',
  },
  {
    what: 'a receipt id twice',
    make: section('group/0/fixed', (raw) => {
      raw.copy(raw, 5 * 16, 4 * 16, 5 * 16)
      return raw
    }),
    includes: 'id_duplicate',
  },
  {
    what: 'the check of another receipt',
    make: section('group/0/check', (raw) => {
      raw.copy(raw, 4, 0, 4)
      return raw
    }),
    rules: ['entry_check'],
  },
  {
    what: 'a leaf hash of a folded receipt changed',
    make: section('group/2/leaf', (raw) => raw.fill(0, 0, 1)),
    includes: 'proof_root',
  },
  {
    what: 'groups of a log in the wrong order',
    make: made({
      changeSections: (all) =>
        all.map((each) =>
          each.name === 'group/1/index' ? { name: each.name, raw: Buffer.of(90, 1) } : each,
        ),
    }),
    includes: 'group_order',
  },
  {
    what: 'an output that does not fit the decision',
    make: small((logs) => logs.record({ class: 'short', parts: { output: { sha256: 'short' } } })),
    rules: ['part_shape'],
  },
  {
    what: 'an effect whose parent is no intent',
    make: small((logs) => {
      const first = logs.record({ class: 'short' })
      logs.record({ class: 'short', parent: first })
    }),
    rules: ['parent_kind'],
  },
  {
    what: 'two outcomes of one intent',
    make: small((logs) => {
      const intent = logs.record({ class: 'short', phase: 'intent' })
      logs.record({ class: 'short', phase: 'outcome', parent: intent })
      logs.record({ class: 'short', phase: 'outcome', parent: intent })
    }),
    rules: ['outcome_duplicate'],
  },
]
