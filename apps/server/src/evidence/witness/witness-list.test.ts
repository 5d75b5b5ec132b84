import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signingWitness } from './testing/signing-witness.ts'
import { parseWitnesses } from './witness-list.ts'

const first = signingWitness('witness.example/w1')
const second = signingWitness('witness.example/w2')

test('witnesses are read as URL=KEY, and the submission goes below the address', () => {
  assert.deepEqual(parseWitnesses('', 1), [])
  const peers = parseWitnesses(
    `https://w1.example=${first.vkey}, http://127.0.0.1:4300/w2/=${second.vkey},`,
    2,
  )
  assert.deepEqual(
    peers.map(({ url, name }) => [url.href, name]),
    [
      ['https://w1.example/add-checkpoint', 'witness.example/w1'],
      ['http://127.0.0.1:4300/w2/add-checkpoint', 'witness.example/w2'],
    ],
  )
})

test('a witness that could not be what the operator meant is refused by name, before the server starts', () => {
  const [name, keyHash, key] = first.vkey.split('+') as [string, string, string]
  for (const [setting, says, needed] of [
    ['w1.example', /"w1\.example" is not URL=vkey/],
    [`ftp://w1.example=${first.vkey}`, /is not URL=vkey/],
    [`https://user:secret@w1.example=${first.vkey}`, /is not URL=vkey/],
    [`https://w1.example=${name}+00000000+${key}`, /the key of w1\.example is no verifier key/],
    [`https://w1.example=${name}+${keyHash}`, /is no verifier key of a witness/],
    [`https://w1.example=other+${keyHash}+${key}`, /is no verifier key of a witness/],
    [`https://w1.example=${first.vkey},https://w2.example=${first.vkey}`, /named twice/],
    [`https://w1.example=${first.vkey},https://w1.example=${second.vkey}`, /named twice/],
    [`https://w1.example=${first.vkey}`, /witnessesNeeded is 2, but only 1 are named/, 2],
  ] as const) {
    assert.throws(
      () => parseWitnesses(setting, needed ?? 1),
      { code: 'config_invalid', message: says },
      setting,
    )
  }
  const many = Array.from(
    { length: 17 },
    (_, at) => `https://w${at}.example=${signingWitness(`w${at}`).vkey}`,
  )
  assert.throws(() => parseWitnesses(many.join(','), 1), /at most 16/)
})
