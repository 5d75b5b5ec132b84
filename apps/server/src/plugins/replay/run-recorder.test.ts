import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRecording } from './recording.ts'
import { unpackText } from './pack-text.ts'
import { createRunRecorder } from './run-recorder.ts'
import type { RunRecorder } from './run-recorder.ts'

const place = { licences: [] }
const report = {
  end: 'returned',
  value: null,
  usage: { wallMicros: 0, cpuMicros: 0, memoryBytes: 0, calls: 0, outputBytes: 0, logBytes: 0 },
  determinism: { seed: '0'.repeat(64), startMs: 1 },
  deliveries: [],
} as const
const output = { kind: 'result', code: null, sha256: '0'.repeat(64) } as const

function recorder(): RunRecorder {
  return createRunRecorder(
    {
      run: 'run_1',
      package: 'probe',
      version: '1.0.0',
      digest: '0'.repeat(64),
      entry: 'index.js',
      mayUseSecrets: false,
      args: { b: 1, a: 2 },
      methods: ['graph.search'],
      budgets: { wallMs: 1, cpuMs: 1, memoryMB: 8, calls: 1, outputBytes: 1, logBytes: 1 },
      place,
    },
    {
      rules: { days: 30, mostBytes: 1e9, licencesNotKept: [] },
      isFull: false,
      holdsSecret: () => false,
    },
  )
}

test('what is recorded keeps the order of members, and tells apart what failed, what was refused and what came too late', async () => {
  const r = recorder()
  for (const id of [1, 2, 3, 4]) r.called(id, 'graph.search', { q: id })
  r.answered(1, { ok: true, value: { z: 1, a: 2 } }, place)
  const denial = {
    code: 'no',
    category: 'forbidden',
    params: { left: 3n },
    message: 'No.',
    change: 'Ask.',
  } as const
  r.answered(2, { ok: false, denial }, place)
  r.failed(3)
  const recorded = await r.end(report, output)
  assert.ok(recorded.withheld === undefined)
  const recording = parseRecording(unpackText(recorded.body, 1e6) ?? '')
  assert.equal(recording?.input, '{"b":1,"a":2}')
  assert.deepEqual(
    recording?.calls.map((call) => call.answer.kind),
    ['allowed', 'denied', 'failed', 'open'],
  )
  assert.deepEqual(
    recorded.answers.map(({ content }) => Buffer.from(content).toString()),
    [
      '{"z":1,"a":2}',
      '{"code":"no","category":"forbidden","params":{"left":"3"},"message":"No.","change":"Ask."}',
    ],
  )
})

test('an answer over 8 MiB, or too many of them, leaves no recording', async () => {
  const large = recorder()
  large.called(1, 'graph.search', {})
  large.answered(1, { ok: true, value: 'x'.repeat(8 * 1024 * 1024) }, place)
  assert.deepEqual(await large.end(report, output), {
    withheld: { where: 'answer 1 (graph.search)', rule: 'answer-too-large' },
  })
  const many = recorder()
  for (const id of [1, 2, 3]) {
    many.called(id, 'graph.search', {})
    many.answered(id, { ok: true, value: `${id}${'x'.repeat(6 * 1024 * 1024)}` }, place)
  }
  assert.deepEqual(await many.end(report, output), {
    withheld: { where: 'answer 3 (graph.search)', rule: 'recording-too-large' },
  })
  // The same again is kept once.
  const same = recorder()
  for (const id of [1, 2, 3, 4]) {
    same.called(id, 'graph.search', {})
    same.answered(id, { ok: true, value: 'x'.repeat(6 * 1024 * 1024) }, place)
  }
  const recorded = await same.end(report, output)
  assert.equal(recorded.withheld === undefined && recorded.answers.length, 1)
})

test('a packed text that was changed does not unpack without end', async () => {
  const { packText } = await import('./pack-text.ts')
  const packed = await packText('x'.repeat(100_000))
  assert.ok(packed.byteLength < 1_000)
  assert.equal(unpackText(packed, 1_000), undefined)
  assert.equal(unpackText(packed, 100_000)?.length, 100_000)
  assert.equal(unpackText(packed.subarray(0, packed.byteLength - 3), 100_000), undefined)
})
