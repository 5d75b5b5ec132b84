import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assemble, guest } from '../../../../tests/support/wat.ts'
import type { RunReport } from './index.ts'
import { openTestSandbox, refuse, returned } from './testing/open-test-sandbox.ts'

let opened: Awaited<ReturnType<typeof openTestSandbox>>
before(async () => {
  opened = await openTestSandbox()
})
after(() => opened.sandbox.close())

const method = '(data (i32.const 16) "graph.search")'
/** Calls graph.search with the input, fetches the answer to 8192 and returns it. */
const askAndReturn = `
  (local.set $result (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length)))
  (if (i32.lt_s (local.get $result) (i32.const 0))
    (then (local.set $result (i32.sub (i32.const 0) (local.get $result)))))
  (drop (call $answer (i32.const 8192) (local.get $result)))
  (call $packed (i32.const 8192) (local.get $result))`

test('a module is given its input, calls the host, and returns the answer', async () => {
  const module = await assemble(guest(askAndReturn, { data: method }))
  const report = await opened.run(module, { args: { q: 'acmé' } })
  assert.deepEqual(returned(report), [{ id: 'n1', asked: { q: 'acmé' } }])
  assert.equal(report.usage.calls, 1)
  const bytes = Buffer.byteLength('{"q":"acmé"}') + Buffer.byteLength('[{"id":"n1","asked":{"q":"acmé"}}]')
  assert.equal(report.usage.outputBytes, bytes)
})

test('nothing of one run is left in the memory of the next', async () => {
  const module = await assemble(
    guest(`(i32.store8 (i32.const 2000) (i32.add (i32.load8_u (i32.const 2000)) (i32.const 49)))
           (call $packed (i32.const 2000) (i32.const 1))`),
  )
  for (let i = 0; i < 3; i += 1) assert.equal(returned(await opened.run(module)), 1)
})

test('a refusal reaches the module as data, and may end the run as the refusal it is', async () => {
  const asData = await assemble(guest(askAndReturn, { data: method }))
  const onCall = async () => refuse('CapabilityDenied')
  const seen = returned(await opened.run(asData, { onCall })) as Record<string, unknown>
  assert.deepEqual([seen['code'], seen['change']], ['CapabilityDenied', 'Grant read:graph.'])
  const escapes = await assemble(
    guest(
      `(drop (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length)))
           (call $fail_with_refusal) unreachable`,
      { data: method },
    ),
  )
  const report = await opened.run(escapes, { onCall })
  assert.ok(report.end === 'threw', JSON.stringify(report))
  assert.deepEqual([report.refusedCall, report.error.message], [1, 'Not granted.'])
})

test('what a module prints is its log, and what it says when it fails is the error', async () => {
  const lines: string[] = []
  const module = await assemble(
    guest(
      `(call $log (i32.const 0) (i32.const 16) (i32.const 5))
       (call $log (i32.const 1) (i32.const 21) (i32.const 5))
       (call $fail (i32.const 26) (i32.const 5))
       unreachable`,
      { data: '(data (i32.const 16) "firstother\\e2\\82\\acno")' },
    ),
  )
  const report = await opened.run(module, { onLog: (line) => lines.push(`${line.stream} ${line.text}`) })
  assert.ok(report.end === 'threw', JSON.stringify(report))
  assert.equal(report.error.message, '€no')
  assert.deepEqual(lines, ['out first', 'err other'])
})

test('the log is cut at its budget with a mark, and the run goes on', async () => {
  const lines: string[] = []
  const module = await assemble(
    guest(
      `(loop $again
         (call $log (i32.const 0) (i32.const 16) (i32.const 10))
         (local.set $result (i32.add (local.get $result) (i32.const 1)))
         (br_if $again (i32.lt_s (local.get $result) (i32.const 100))))
       (call $packed (local.get $at) (local.get $length))`,
      { data: '(data (i32.const 16) "0123456789")' },
    ),
  )
  const report = await opened.run(module, {
    budgets: { logBytes: 25 },
    onLog: (line) => lines.push(line.text),
  })
  assert.deepEqual(returned(report), { q: 'acme' })
  assert.deepEqual(lines, [
    '0123456789',
    '0123456789',
    '01234',
    '[output cut: the limit is 25 bytes, 5000 lines]',
    '[missing: 975 characters of 98 lines]',
  ])
})

test('chance and time follow from the order alone, and the clock moves with answers', async () => {
  // Writes 8 random bytes, the clock, and the clock after a call, as 24 numbers.
  const module = await assemble(
    guest(
      `(call $random (i32.const 1024) (i32.const 8))
       (f64.store (i32.const 1032) (call $clock_ms))
       (drop (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length)))
       (f64.store (i32.const 1040) (call $clock_ms))
       (i32.store8 (i32.const 2048) (i32.const 91))
       (local.set $at (i32.const 2049))
       (loop $again
         (call $digits (local.get $at) (i32.load8_u (i32.add (i32.const 1024) (local.get $result))))
         (i32.store8 offset=3 (local.get $at) (i32.const 44))
         (local.set $at (i32.add (local.get $at) (i32.const 4)))
         (local.set $result (i32.add (local.get $result) (i32.const 1)))
         (br_if $again (i32.lt_s (local.get $result) (i32.const 24))))
       (i32.store8 (i32.sub (local.get $at) (i32.const 1)) (i32.const 93))
       (call $packed (i32.const 2048) (i32.sub (local.get $at) (i32.const 2048)))`,
      {
        data: method,
        // Three figures, the first never 0: JSON allows no leading zeros.
        top: `(func $digits (param $to i32) (param $n i32)
          (i32.store8 (local.get $to) (i32.add (i32.const 49) (i32.div_u (local.get $n) (i32.const 100))))
          (i32.store8 offset=1 (local.get $to)
            (i32.add (i32.const 48) (i32.rem_u (i32.div_u (local.get $n) (i32.const 10)) (i32.const 10))))
          (i32.store8 offset=2 (local.get $to) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10)))))`,
      },
    ),
  )
  const bytesOf = (value: unknown) => Buffer.from((value as number[]).map((n) => n - 100))
  const determinism = { seed: '07'.repeat(32), startMs: 1_700_000_000_000 }
  const live = await opened.run(module, { determinism })
  const said = bytesOf(returned(live))
  assert.equal(said.readDoubleLE(8), determinism.startMs)
  const [delivery] = live.deliveries ?? []
  assert.ok(delivery !== undefined && 'answer' in delivery)
  assert.equal(said.readDoubleLE(16), delivery.atMs)
  const replay = { deliveries: live.deliveries ?? [] }
  const again = await opened.run(module, { determinism, replay })
  assert.deepEqual(again.end === 'returned' && again.value, live.end === 'returned' && live.value)
  const other = await opened.run(module, { determinism: { ...determinism, seed: '08'.repeat(32) } })
  assert.notDeepEqual(bytesOf(returned(other)).subarray(0, 8), said.subarray(0, 8))
  const shorter = await opened.run(module, { determinism, replay: { deliveries: [] } })
  assert.deepEqual([shorter.end, shorter.end === 'diverged' && shorter.at], ['diverged', 0])
})

/**
 * Runs until no runner was killed meanwhile, which a busy machine does to one that is slow to stop.
 *
 * @returns the last report, and whether its runner stayed.
 */
async function runAndStay(run: () => Promise<RunReport>): Promise<{ report: RunReport; stayed: boolean }> {
  for (let attempt = 1; ; attempt += 1) {
    const before = opened.sandbox.stats().killed
    const report = await run()
    const stayed = opened.sandbox.stats().killed === before
    if (stayed || attempt === 5) return { report, stayed }
  }
}

test('a cancelled run ends though the module waits for an answer, and its process stays', async () => {
  const module = await assemble(guest(askAndReturn, { data: method }))
  const { report, stayed } = await runAndStay(() => {
    const controller = new AbortController()
    return opened.run(module, {
      signal: controller.signal,
      onCall: async () => {
        controller.abort()
        await new Promise((resolve) => setTimeout(resolve, 50))
        return { ok: true, value: null }
      },
    })
  })
  assert.equal(report.end, 'cancelled')
  assert.ok(stayed)
})

const badPointers: readonly { readonly what: string; readonly body: string; readonly says: RegExp }[] = [
  {
    what: 'a result outside the memory',
    body: '(call $packed (i32.const 131070) (i32.const 3))',
    says: /^The result of run: 3 bytes at 131070 are outside the memory of 131072 bytes\.$/,
  },
  {
    what: 'a result at the end of the address space',
    body: '(call $packed (i32.const -1) (i32.const 100))',
    says: /100 bytes at 4294967295 are outside/,
  },
  {
    what: 'arguments of a call outside the memory',
    body: '(drop (call $call (i32.const 16) (i32.const 12) (i32.const -16) (i32.const 32))) unreachable',
    says: /^switchboard\.call: 32 bytes at 4294967280 are outside/,
  },
  {
    what: 'a method outside the memory',
    body: '(drop (call $call (i32.const 131071) (i32.const 12) (i32.const 16) (i32.const 2))) unreachable',
    says: /^switchboard\.call: 12 bytes at 131071/,
  },
  {
    what: 'a method without end',
    body: '(drop (call $call (i32.const 16) (i32.const -1) (i32.const 16) (i32.const 2))) unreachable',
    says: /name of the method is too long/,
  },
  {
    what: 'an answer written outside the memory',
    body: `(drop (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length)))
           (drop (call $answer (i32.const 131070) (i32.const 100))) unreachable`,
    says: /^switchboard\.answer: \d+ bytes at 131070/,
  },
  {
    what: 'a log line outside the memory',
    body: '(call $log (i32.const 0) (i32.const 1) (i32.const -1)) unreachable',
    says: /^switchboard\.log/,
  },
  {
    what: 'a stream that is not there',
    body: '(call $log (i32.const 2) (i32.const 1) (i32.const 1)) unreachable',
    says: /no stream 2/,
  },
  {
    what: 'randomness outside the memory',
    body: '(call $random (i32.const 131071) (i32.const 2)) unreachable',
    says: /^switchboard\.random/,
  },
  {
    what: 'too much randomness',
    body: '(call $random (i32.const 0) (i32.const -1)) unreachable',
    says: /at most 65536 bytes/,
  },
  {
    what: 'a refusal that never was',
    body: '(call $fail_with_refusal) unreachable',
    says: /no call was refused/,
  },
  {
    what: 'a method that is not offered',
    body: '(drop (call $call (i32.const 17) (i32.const 3) (local.get $at) (local.get $length))) unreachable',
    says: /there is no method "rap"/,
  },
  {
    what: 'arguments that are no JSON',
    body: '(drop (call $call (i32.const 16) (i32.const 12) (i32.const 16) (i32.const 12))) unreachable',
    says: /^The argument of graph\.search is not JSON\.$/,
  },
  {
    what: 'arguments that are no object',
    body: '(drop (call $call (i32.const 16) (i32.const 12) (i32.const 28) (i32.const 2))) unreachable',
    says: /must be one JSON object/,
  },
  {
    what: 'arguments that are no UTF-8',
    body: '(drop (call $call (i32.const 16) (i32.const 12) (i32.const 30) (i32.const 4))) unreachable',
    says: /not UTF-8/,
  },
  {
    what: 'arguments over the limit, which lie outside the memory',
    body: '(drop (call $call (i32.const 16) (i32.const 12) (i32.const 28) (i32.const 1048577))) unreachable',
    says: /is over 1048576 bytes/,
  },
]
for (const { what, body, says } of badPointers) {
  test(`${what} ends the run with words, and the process stays`, async () => {
    const data = '(data (i32.const 16) "graph.search[]\\22\\ff\\fe\\22")'
    const module = await assemble(guest(body, { data }))
    const { report, stayed } = await runAndStay(() => opened.run(module))
    assert.ok(report.end === 'threw', JSON.stringify(report))
    assert.match(report.error.message, says)
    assert.doesNotMatch(report.error.stack, /file:|node:/)
    assert.ok(stayed)
  })
}

const texts: readonly (readonly [what: string, bytes: string, expected: string])[] = [
  ['text that is no JSON', 'nonsense', 'result_invalid not_json'],
  ['nothing', '', 'result_invalid not_json'],
  ['invalid UTF-8', '\\22\\ff\\22', 'result_invalid not_json'],
  ['half a surrogate pair in UTF-8', '\\22\\ed\\a0\\80\\22', 'result_invalid not_json'],
  ['half a surrogate pair as an escape', '\\22\\5cud800\\22', 'returned "\\ud800"'],
  ['nesting without end', '['.repeat(1000), 'result_invalid too_large'],
  ['a number that is none', 'NaN', 'result_invalid not_json'],
  ['null', 'null', 'returned null'],
]
for (const [what, bytes, expected] of texts) {
  test(`a result of ${what} is ${expected}`, async () => {
    const length = bytes.replace(/\\[0-9a-f]{2}/g, '?').length
    const body = `(call $packed (i32.const 16) (i32.const ${length}))`
    const report = await opened.run(await assemble(guest(body, { data: `(data (i32.const 16) "${bytes}")` })))
    const said =
      report.end === 'returned'
        ? JSON.stringify(report.value)
        : report.end === 'result_invalid'
          ? report.reason
          : JSON.stringify(report)
    assert.equal(`${report.end} ${said}`, expected)
  })
}
