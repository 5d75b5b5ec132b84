import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startChild } from './child-process.ts'

test('a child that floods its error stream is ended, and its end says so', async () => {
  const flood = "for (;;) require('node:fs').writeSync(2, Buffer.alloc(65_536, 'x'))"
  const child = startChild(process.execPath, ['--no-warnings', '--eval', flood])
  const hold = setTimeout(child.kill, 20_000)
  assert.match(await child.exited, /^flooded its error stream \(signal SIGKILL\): x+$/)
  clearTimeout(hold)
})
