import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

/** Answers how long a piece of work took, by one clock or another. */
const by = (name: string, now: string): HostileProgram => ({
  name,
  code: `exports.run = async (args, api) => {
  const now = ${now}
  const before = await now()
  let sum = 0
  for (let i = 0; i < 1e6; i += 1) sum += i % 7
  return Number(await now()) - Number(before)
}`,
})
const programs: readonly HostileProgram[] = [
  by('Date.now', '() => Date.now()'),
  by('a new date', '() => new Date().getTime()'),
  by('a date as text', '() => Date.parse(Date())'),
  by('performance.now', '() => performance.now()'),
  by('process.hrtime', '() => process.hrtime.bigint()'),
  by(
    'a date format',
    `() => Date.parse(new Intl.DateTimeFormat('en-US', { dateStyle: 'short', timeStyle: 'medium', fractionalSecondDigits: 3 }).format())`,
  ),
  by('the time stamp of an event', '() => new Event("x").timeStamp'),
  by('the time zone', '() => new Date().getTimezoneOffset() + Date.now()'),
  by('Temporal', '() => Temporal.Now.instant().epochMilliseconds'),
  by('shared memory', '() => { new SharedArrayBuffer(8); return Date.now() }'),
  by('atomics', '() => { Atomics.wait(new Int32Array(new ArrayBuffer(8)), 0, 0, 5); return Date.now() }'),
  by(
    'WebAssembly',
    '() => { new WebAssembly.Memory({ initial: 1, shared: true, maximum: 2 }); return Date.now() }',
  ),
]

export const clocks: HostileClass = {
  name: 'measuring time, to see what others do',
  mechanism: 'a clock that moves only at brokered calls; no shared memory, no atomics, no performance',
  programs,
  ends: ['returned', 'threw', 'result_invalid'],
  // No clock at all, or one that stood still.
  mayReturn: (value) => value === 0 || value === null,
  async control(canaries) {
    const { output } = await runUnprotected(programs[3]?.code as string, canaries)
    const elapsed = Number(/result 1 ([\d.]+)/.exec(output)?.[1])
    if (!(elapsed > 0)) throw new Error(`it measured ${elapsed}`)
    return `a plain node shows ${elapsed.toFixed(2)} ms`
  },
}
