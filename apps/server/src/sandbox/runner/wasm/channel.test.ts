import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const runner = fileURLToPath(new URL('../wasm-main.js', import.meta.url))

test(
  'a runner whose host went away before it could say that it is ready ends',
  { timeout: 60_000 },
  async () => {
    const child = spawn(process.execPath, ['--no-warnings', runner], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      env: {},
    })
    const ended = once(child, 'exit')
    try {
      // Long before it has started: this end is closed when it first writes.
      const channel = child.stdio[3] as Socket
      channel.destroy()
      await ended
      assert.notEqual(child.signalCode, null)
    } finally {
      child.kill('SIGKILL')
    }
  },
)
