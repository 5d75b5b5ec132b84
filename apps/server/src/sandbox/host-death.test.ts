import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { readIfThere } from './testing/read-if-there.ts'

const host = `
  import { createSandbox } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
  import { launchPlainProcess } from ${JSON.stringify(new URL('./launch-plain-process.ts', import.meta.url).href)}
  const pids = []
  const launch = (order) => { const runner = launchPlainProcess(order); pids.push(runner.pid); return runner }
  const sandbox = await createSandbox({ poolSize: 2, launch })
  void sandbox.run({
    trustDomain: 'a', args: {}, methods: [], signal: new AbortController().signal,
    code: { entry: 'i.js', files: new Map([['i.js', 'exports.run = async () => { console.log(1); await sleep(20); ' + process.argv[1] + ' }']]) },
    budgets: { wallMs: 60000, cpuMs: 60000, memoryMB: 4000, calls: 1, outputBytes: 1, logBytes: 100 },
    onCall: async () => ({ ok: true, value: 1 }),
    onLog: () => console.log(JSON.stringify(pids)),
  })
`

const ends: readonly (readonly [string, string, NodeJS.Signals])[] = [
  ['an endless loop', 'for (;;);', 'SIGKILL'],
  ['a BigInt loop', 'let b = 1n; for (;;) b = b * 3n', 'SIGKILL'],
  [
    'a flood that keeps the main thread of the runner busy',
    'for (;;) clearTimeout(setTimeout(() => {}, 1))',
    'SIGKILL',
  ],
  ['a wait', 'await new Promise(() => {})', 'SIGKILL'],
  ['an endless loop', 'for (;;);', 'SIGTERM'],
]
for (const [what, code, signal] of ends) {
  test(`a runner in ${what} is gone soon after its host ended by ${signal}`, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', host, code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let pids: number[] = []
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        pids = JSON.parse(line)
        break
      }
      assert.equal(pids.length >= 2 && pids.every(isRunner), true)
      // Into the loop, which begins after the line.
      await new Promise((resolve) => setTimeout(resolve, 120))
      child.kill(signal)
      for (let i = 0; i < 1_000 && pids.some(isRunner); i += 1)
        await new Promise((resolve) => setTimeout(resolve, 20))
      assert.deepEqual(pids.filter(isRunner), [])
    } finally {
      child.kill('SIGKILL')
      for (const pid of pids.filter(isRunner)) process.kill(pid, 'SIGKILL')
    }
  })
}

/** A runner of ours under this number, not a stranger who was given it since, and not a zombie. */
function isRunner(pid: number): boolean {
  return readIfThere(`/proc/${pid}/cmdline`).includes('sandbox/runner/main.js')
}
