import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Canaries } from './canaries.ts'

/** What a program did where nothing held it. */
export interface Unprotected {
  readonly output: string
  readonly exitCode: number | null
  /** It had not ended by itself. */
  readonly killed: boolean
  readonly peakMB: number
}

/**
 * The control of most classes: the program in a plain node process, with `require`, the environment and the network of
 * whoever runs the tests, `phases` times in one realm. Its result is serialised by the host, as a naive broker would.
 */
const host = `
const code = process.argv[1], args = JSON.parse(process.argv[2]), phases = Number(process.argv[3])
let calls = 0
const call = async (args) => { calls += 1; return [] }
const api = { graph: { search: call }, log: console.log, sleep: (ms) => new Promise((r) => setTimeout(r, ms)) }
globalThis.sleep = api.sleep
globalThis.require = require
;(async () => {
  for (let phase = 1; phase <= phases; phase += 1) {
    const module = { exports: {} }
    new Function('module', 'exports', 'require', code)(module, module.exports, require)
    const value = await module.exports.run({ ...args, phase }, api)
    process.stdout.write('\\nresult ' + phase + ' ' + JSON.stringify(value) + '\\n')
  }
  process.stdout.write('\\ncalls ' + calls + '\\n')
})()
`

export function runUnprotected(
  code: string,
  canaries: Canaries,
  { limitMs = 30_000, phases = 1, stopAtMB = 300 } = {},
): Promise<Unprotected> {
  const child = spawn(process.execPath, ['-e', host, code, JSON.stringify(canaries.args), String(phases)], {
    env: { ...canaries.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let killed = false
  let peakMB = 0
  const kill = () => {
    killed = true
    child.kill('SIGKILL')
  }
  const take = (chunk: Buffer) => {
    if (output.length < 4_000_000) output += chunk.toString('utf8')
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const limit = setTimeout(kill, limitMs)
  // Bounded here, because nothing else is: that is the point of it.
  const watch = setInterval(() => {
    peakMB = Math.max(peakMB, residentMB(child.pid))
    if (peakMB > stopAtMB) kill()
  }, 5)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => {
      clearTimeout(limit)
      clearInterval(watch)
      resolve({ output, exitCode, killed, peakMB })
    })
  })
}

function residentMB(pid: number | undefined): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
    return (pages * 4096) / 1024 / 1024
  } catch {
    // It has ended between two looks.
    return 0
  }
}
