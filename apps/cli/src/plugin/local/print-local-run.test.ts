import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalLine } from '../command-io.ts'
import { callText, logLineText, runLines } from './print-local-run.ts'

/** Clears the screen, in both spellings of its beginning, and turns the direction of writing round. */
const hostile = '\u001b[2J\u009b2J\u202e'

test('nothing that code under development says reaches the terminal as a control character', () => {
  const denial = { code: 'x', category: 'failed', params: {}, message: hostile, change: hostile } as const
  const facts = { budgets: [], warnings: [hostile], level: 'full', calls: [] } as const
  const lines = [
    refusalLine({ code: 'entry_throws', where: hostile, message: hostile }),
    logLineText({ stream: 'out', text: hostile, atMs: 1 }),
    callText({
      method: 'kv.set',
      args: { key: hostile },
      decision: 'denied',
      rows: 0,
      wallMicros: 1,
      denial,
    }),
    callText({ method: 'kv.set', args: { key: hostile }, decision: 'allowed', rows: 0, wallMicros: 1 }),
    ...runLines({ ...facts, outcome: { ok: false, denial } } as never),
    ...runLines({
      ...facts,
      outcome: { ok: true, value: { result: { [hostile]: hostile }, entities: 0, relations: 0 } },
    } as never),
  ]
  for (const line of lines)
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/, JSON.stringify(line))
})
