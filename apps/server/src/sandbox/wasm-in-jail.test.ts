import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { assemble, guest } from '../../../../tests/support/wat.ts'
import { findBwrap } from './jail/find-bwrap.ts'
import { findCgroups } from './jail/find-cgroups.ts'
import { openTestSandbox, returned } from './testing/open-test-sandbox.ts'
import { readIfThere } from './testing/read-if-there.ts'

const linux = process.platform === 'linux'
const noJail = !linux && 'the jail is made of what Linux has'
const found = linux ? findCgroups() : { missing: 'no Linux' }
if ('cgroups' in found) await found.cgroups.close()
const noFull =
  noJail ||
  (findBwrap() === undefined && 'bubblewrap is not installed') ||
  ('missing' in found && `no cgroup: ${found.missing}`)

const asking = guest(
  `(local.set $result (call $call (i32.const 16) (i32.const 12) (local.get $at) (local.get $length)))
   (drop (call $answer (i32.const 8192) (local.get $result)))
   (call $packed (i32.const 8192) (local.get $result))`,
  { data: '(data (i32.const 16) "graph.search")' },
)
const looping = guest(
  '(call $log (i32.const 0) (i32.const 16) (i32.const 4)) (loop $l (br $l)) unreachable',
  {
    data: '(data (i32.const 16) "said")',
  },
)

for (const { level, skip, jail } of [
  { level: 'full', skip: noFull, jail: { level: 'full' } },
  { level: 'reduced', skip: noJail, jail: { level: 'reduced', bwrapPath: null } },
] as const) {
  test(`a module runs, asks and is ended on time at the level ${level}`, { skip }, async () => {
    await using opened = await openTestSandbox({ jail })
    assert.equal(opened.sandbox.level, level)
    const answer = returned(await opened.run(await assemble(asking)))
    assert.deepEqual(answer, [{ id: 'n1', asked: { q: 'acme' } }])
    const lines: string[] = []
    const report = await opened.run(await assemble(looping), {
      budgets: { wallMs: 2_000 },
      onLog: (line) => lines.push(line.text),
    })
    assert.deepEqual([report.end, report.end === 'exceeded' && report.budget], ['exceeded', 'time'])
    // Said before it hung, and heard although its process was killed.
    assert.deepEqual(lines, ['said'])
    const grown = await opened.run(await assemble(guest('(drop (memory.grow (i32.const 9000))) unreachable')))
    assert.deepEqual([grown.end, grown.end === 'exceeded' && grown.budget], ['exceeded', 'memory'])
  })
}

const host = `
  import { createSandbox } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
  import { launchPlainProcess } from ${JSON.stringify(new URL('./launch-plain-process.ts', import.meta.url).href)}
  const pids = []
  const launch = (order) => { const runner = launchPlainProcess(order); pids.push(runner.pid); return runner }
  const sandbox = await createSandbox({ poolSize: 1, launch })
  void sandbox.run({
    trustDomain: 'a', args: {}, methods: [], signal: new AbortController().signal,
    code: { engine: 'wasm', module: Buffer.from(process.argv[1], 'base64') },
    budgets: { wallMs: 60000, cpuMs: 60000, memoryMB: 64, calls: 1, outputBytes: 1, logBytes: 100 },
    onCall: async () => ({ ok: true, value: 1 }),
    onLog: () => console.log(JSON.stringify(pids)),
  })
`

test('a runner in a module that never returns is gone soon after its host was killed', async () => {
  const module = Buffer.from(await assemble(looping)).toString('base64')
  const child = spawn(process.execPath, ['--input-type=module', '--eval', host, module], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let pids: number[] = []
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      pids = JSON.parse(line)
      break
    }
    assert.ok(pids.some(isRunner))
    // The watchdog thread starts beside the module.
    await new Promise((resolve) => setTimeout(resolve, 200))
    child.kill('SIGKILL')
    for (let i = 0; i < 1_000 && pids.some(isRunner); i += 1)
      await new Promise((resolve) => setTimeout(resolve, 20))
    assert.deepEqual(pids.filter(isRunner), [])
  } finally {
    child.kill('SIGKILL')
    for (const pid of pids.filter(isRunner)) process.kill(pid, 'SIGKILL')
  }
})

/** A runner for modules under this number, and not a stranger who was given it since, or a zombie. */
function isRunner(pid: number): boolean {
  return readIfThere(`/proc/${pid}/cmdline`).includes('sandbox/runner/wasm-main.js')
}
