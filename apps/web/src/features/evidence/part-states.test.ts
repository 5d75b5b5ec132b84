import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hexLines, partStates } from './part-states.ts'

const whole = Buffer.alloc(304).toString('base64')

test('a part that is not opened is erased, and of a folded receipt all are folded', () => {
  const parts = { actor: { salt: 'x', value: { user: 'usr_1' } } }
  assert.deepEqual(
    partStates(parts, whole).map(({ state }) => state),
    ['opened', 'erased', 'erased', 'erased', 'erased', 'erased'],
  )
  const folded = partStates({}, Buffer.alloc(112).toString('base64'))
  assert.ok(folded.every(({ state }) => state === 'folded'))
  assert.equal(partStates(null, whole).length, 6)
})

test('bytes are shown sixteen a line with their offset', () => {
  assert.equal(
    hexLines(Buffer.from(Array.from({ length: 17 }, (_, at) => at)).toString('base64')),
    '0000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n0010  10',
  )
})
