import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whatLeft } from './what-left.ts'

const closed = { requests: false, feeds: false, witnesses: 0, database: false, netGrants: 0 }

test('nothing has left only where the server knows of no way by which it could have', () => {
  assert.deepEqual(whatLeft(closed), { nothing: true, reasons: [], doors: [] })
  for (const open of [{ requests: true }, { feeds: true }, { witnesses: 2 }, { database: true }])
    assert.deepEqual(
      [whatLeft({ ...closed, ...open }).nothing, whatLeft({ ...closed, ...open }).reasons.length],
      [false, 1],
      JSON.stringify(open),
    )
})

test('a host that was granted and never asked is a door, not something that left', () => {
  const said = whatLeft({ ...closed, netGrants: 1 })
  assert.equal(said.nothing, true)
  assert.match(said.doors.join(), /one host/)
})
