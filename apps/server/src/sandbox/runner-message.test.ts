import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ProtocolViolation } from './frames.ts'
import { maxDepth, maxErrorBytes } from './limits.ts'
import { parseRunnerMessage } from './runner-message.ts'
import type { RunnerMessage } from './runner-message.ts'

const parse = (header: unknown, body = '') => parseRunnerMessage({ header, body: Buffer.from(body) })
const call = { t: 'call', run: 1, id: 1, method: 'graph.search' }
const end = { t: 'end', run: 1, cpuMicros: 5, heapBytes: 6, delivered: 2, timers: [] as number[] }

test('a well-formed call and end are understood', () => {
  assert.deepEqual(parse(call, '{"q":1}'), { ...call, args: { q: 1 }, argumentBytes: 7 })
  assert.deepEqual(parse({ ...end, end: 'exceeded', budget: 'calls', used: 3 }), {
    ...end,
    end: 'exceeded',
    budget: 'calls',
    used: 3,
    dropped: { lines: 0, chars: 0, exact: true },
  })
  const cut = { cutLines: 2, cutChars: 30, cutExact: false }
  const { dropped } = parse({ ...end, end: 'stopped', ...cut }) as Extract<RunnerMessage, { t: 'end' }>
  assert.deepEqual(dropped, { lines: 2, chars: 30, exact: false })
})

const forged: readonly (readonly [string, unknown, string?])[] = [
  ['no object', null],
  ['a list', []],
  ['an unknown message', { t: 'grant' }],
  ['another version', { t: 'ready', version: 2 }],
  ['a call without a method', { ...call, method: undefined }, '{}'],
  ['a call with a negative id', { ...call, id: -1 }, '{}'],
  ['a call with a fractional run', { ...call, run: 1.5 }, '{}'],
  ['a call with a list as argument', call, '[]'],
  ['a call with a bare value', call, '"q"'],
  ['a call with a broken argument', call, '{'],
  ['a call with a bottomless argument', call, '{"a":'.repeat(maxDepth + 2) + '0' + '}'.repeat(maxDepth + 2)],
  ['a log that is no list', { t: 'log', run: 1 }, '{}'],
  ['a log line of another shape', { t: 'log', run: 1 }, '[[0]]'],
  ['a log line on a third stream', { t: 'log', run: 1 }, '[[2,"x"]]'],
  ['an unknown end', { ...end, end: 'approved' }],
  ['an unknown reason', { ...end, end: 'result_invalid', reason: 'x' }],
  ['a time budget, which only the host keeps', { ...end, end: 'exceeded', budget: 'time', used: 1 }],
  ['an infinite count', { ...end, cpuMicros: Infinity, end: 'stopped' }],
  ['timers without their counts', { ...end, end: 'stopped', timers: [1] }],
  ['no timer that fired', { ...end, end: 'stopped', timers: [1, 0] }],
  ['timers that go back', { ...end, end: 'stopped', timers: [1, 1, 1, 1] }],
  ['timers after more answers than came', { ...end, end: 'stopped', timers: [3, 1] }],
  ['timers that are text', { ...end, end: 'stopped', timers: ['0', '1'] }],
  ['lines cut that are no count', { ...end, end: 'stopped', cutLines: -1, cutChars: 0 }],
  ['lines cut without their characters', { ...end, end: 'stopped', cutLines: 1 }],
  ['an error without a name', { ...end, end: 'threw', refused: 0 }, '{"message":"","stack":""}'],
  ['an error over the limit', { ...end, end: 'threw', refused: 0 }, 'x'.repeat(maxErrorBytes + 1)],
]
for (const [what, header, body] of forged) {
  test(`${what} is refused`, () => {
    assert.throws(() => parse(header, body), ProtocolViolation)
  })
}

test('whatever a runner says is understood or refused, nothing else', () => {
  const header = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        t: fc.constantFrom('ready', 'idle', 'pong', 'lost', 'call', 'log', 'end'),
        run: fc.jsonValue(),
        id: fc.jsonValue(),
        method: fc.jsonValue(),
        end: fc.constantFrom('returned', 'threw', 'exceeded', 'stopped'),
      },
      { requiredKeys: ['t'] },
    ),
  )
  fc.assert(
    fc.property(header, fc.oneof(fc.json(), fc.string()), (value, body) => {
      try {
        parse(value, body)
      } catch (error) {
        assert.ok(error instanceof ProtocolViolation)
      }
    }),
  )
})
