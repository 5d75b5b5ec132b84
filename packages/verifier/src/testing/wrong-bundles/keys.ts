import { createTestLogs } from '@switchboard/bundle/testing'
import { everyFeature } from '../every-feature.ts'
import { file, good, made, trailer, witnessLine } from './wrong.ts'
import type { Wrong } from './wrong.ts'

const other = everyFeature({ history: { standard: [5], short: [6], long: [1] } }).bundle.bytes

/** Keys, rotations, witnesses and saved checkpoints that do not agree. */
export const keys: readonly Wrong[] = [
  {
    what: 'a checkpoint by a key that was retired',
    make: () => [everyFeature({ signedBy: 0 }).bundle.bytes, good.trust],
    includes: 'checkpoint_key_retired',
  },
  {
    what: 'a key that no rotation leads to',
    make: trailer((before) => before.replace(/"rotations":\[.*\]/, '"rotations":[]')),
    includes: 'checkpoint_key',
  },
  {
    what: 'a rotation with another time',
    make: trailer((before) => before.replace(/\\n1767225\d+\\n/, '\\n1767225999999\\n')),
    includes: 'rotation_signature',
  },
  {
    what: 'a rotation that lacks a signature',
    make: trailer((before) =>
      before.replace(/(\\n\\n)\u2014 log\.example [A-Za-z0-9+/=]+\\n(\u2014 [^"]*"\])/, '$1$2'),
    ),
    includes: 'rotation_form',
  },
  {
    what: 'a rotation twice',
    make: made({
      changeTrailer: (value) => ({
        ...value,
        rotations: [...(value['rotations'] as string[]), ...(value['rotations'] as string[])],
      }),
    }),
    rules: ['rotation_form'],
  },
  {
    what: 'rotations that are no list',
    make: made({ changeTrailer: (value) => ({ ...value, rotations: {} }) }),
    includes: 'rotation_form',
  },
  {
    what: 'a cosignature that is cut',
    make: trailer((before) => before.replace(witnessLine, (line) => `${line.slice(0, -8)}\\n`)),
    includes: 'cosignature_form',
  },
  {
    what: 'a cosignature of another time',
    make: trailer((before) =>
      before.replace(witnessLine, (line) =>
        line.replace(/(witness\.two .{12})./, (_, head: string) => `${head}x`),
      ),
    ),
    includes: 'cosignature_signature',
  },
  {
    what: 'more cosignatures than a checkpoint may have',
    make: trailer((before) => before.replace(witnessLine, (line) => line.repeat(17))),
    includes: 'cosignature_form',
  },
  {
    what: 'cosignatures from the future',
    make: () => [file, { ...good.trust, now: 1_700_000_000_000 }],
    includes: 'cosignature_future',
  },
  {
    what: 'fewer witnesses than needed',
    make: () => [file, { ...good.trust, witnessesNeeded: 3 }],
    rules: ['witness_quorum'],
  },
  {
    what: 'one witness given twice where two are needed',
    make: () => [
      everyFeature({ cosignedBy: ['witness.one'] }).bundle.bytes,
      { ...good.trust, witnessKeys: [...(good.trust.witnessKeys ?? []), good.trust.witnessKeys?.[0] ?? ''] },
    ],
    rules: ['witness_quorum'],
  },
  {
    what: "a log's key given for a witness's",
    make: () => [file, { ...good.trust, witnessKeys: good.trust.logKeys, witnessesNeeded: 0 }],
    rules: ['witness_key_form'],
  },
  {
    what: "a witness's key given for a log's",
    make: () => [file, { ...good.trust, logKeys: good.trust.witnessKeys ?? [] }],
    includes: 'log_key_form',
  },
  {
    what: 'a saved checkpoint of a longer log',
    make: () => [file, { ...good.trust, savedCheckpoint: longer() }],
    rules: ['saved_ahead'],
  },
  {
    what: 'a saved checkpoint of a fork',
    make: () => [file, { ...good.trust, savedCheckpoint: forked() }],
    rules: ['saved_fork'],
  },
  {
    what: 'a saved checkpoint that history does not reach',
    make: () => [other, { ...good.trust, savedCheckpoint: good.saved }],
    rules: ['saved_unproved'],
  },
  {
    what: 'a saved checkpoint by another key',
    make: () => [file, { ...good.trust, savedCheckpoint: otherKeys() }],
    rules: ['saved_key'],
  },
  {
    what: 'a saved checkpoint that is none',
    make: () => [file, { ...good.trust, savedCheckpoint: ['nonsense'] }],
    rules: ['saved_form'],
  },
]

function longer(): string {
  const { logs } = everyFeature()
  for (let i = 0; i < 9; i++) logs.record()
  return logs.checkpoint('standard')
}

function forked(): string {
  const logs = createTestLogs()
  for (let i = 0; i < 4; i++) logs.record({ operation: 'another' })
  return logs.checkpoint('standard')
}

function otherKeys(): string {
  const logs = createTestLogs({ seed: 'another' })
  logs.record()
  return logs.checkpoint('standard')
}
