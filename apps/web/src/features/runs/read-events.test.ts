import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventReader } from './read-events.ts'

test('events are read whole, however they were cut', () => {
  const line = { line: 1, stream: 'out', text: 'data: <b>\u202e\\n', at: 5 }
  const whole = `retry: 1000\n\nid: 1\nevent: line\ndata: ${JSON.stringify(line)}\n\n: still here\n\nevent: end\ndata: {}\n\n`
  for (let size = 1; size < whole.length; size += 1) {
    const read = createEventReader()
    const events = []
    for (let start = 0; start < whole.length; start += size)
      events.push(...read(whole.slice(start, start + size)))
    assert.deepEqual(events, [line, 'end'])
  }
})
