import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeIn, splitAt } from './place-in-note.ts'

test('offsets count UTF-16 units, as plugins do', () => {
  const text = '🦓 from 192.0.2.1 today'
  const at = text.indexOf('192')
  const place = placeIn(text, String(at), String(at + 9))
  assert.ok(place !== undefined)
  assert.deepEqual(splitAt(text, place), ['🦓 from ', '192.0.2.1', ' today'])
})

test('a place that is not in the note marks nothing', () => {
  for (const [from, to] of [
    ['5', '5'],
    ['6', '2'],
    ['0', '99'],
    ['-1', '3'],
    ['1e1', '12'],
    ['', '3'],
    [null, '3'],
    ['0', null],
  ] as const)
    assert.equal(placeIn('twelve chars', from, to), undefined, `${from}–${to}`)
})
