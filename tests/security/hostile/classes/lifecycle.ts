import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

const by = (name: string, body: string): HostileProgram => ({
  name,
  code: `exports.run = async (args, api) => { ${body} }`,
})
const whole = (name: string, code: string): HostileProgram => ({ name, code })
const programs: readonly HostileProgram[] = [
  by('never settling', 'await new Promise(() => {})'),
  whole(
    'settling twice',
    'exports.run = () => new Promise((yes, no) => { yes(1); yes(2); no(new Error("3")) })',
  ),
  by('throwing undefined', 'throw undefined'),
  by('throwing null', 'throw null'),
  by('throwing a number', 'throw 7'),
  by('throwing a symbol', 'throw Symbol("x")'),
  by(
    'throwing a proxy',
    'throw new Proxy(new Error("x"), { get() { throw new Error("y") }, getPrototypeOf() { throw new Error("z") } })',
  ),
  by(
    'throwing an error with getters',
    'throw Object.defineProperties(new Error("x"), { name: { get() { for (;;); } }, stack: { get() { return {} } } })',
  ),
  by('throwing an error of 50 MB', `throw new Error('x'.repeat(5e7))`),
  by('throwing a cycle of causes', 'const e = new Error("x"); e.cause = e; e.errors = [e]; throw e'),
  by('throwing in a timer', 'setTimeout(() => { throw null }, 0); await sleep(50)'),
  by(
    'rejecting with nobody listening',
    'Promise.reject(null); Promise.reject(new Error("x")); await sleep(10); return 1',
  ),
  by(
    'working on after the end',
    'setTimeout(() => { for (;;); }, 0); (async () => { for (;;) await 0 })(); return 1',
  ),
  by('overflowing the stack', 'const f = () => f(); f()'),
  whole(
    'run as a getter that differs',
    'let n = 0; Object.defineProperty(exports, "run", { get: () => n++ ? 1 : () => "first" })',
  ),
  whole(
    'exports as a proxy',
    'module.exports = new Proxy({}, { get(t, k) { if (k === "then") throw new Error("asked for then"); return k === "run" ? () => 1 : undefined } })',
  ),
  whole('no run', 'exports.ran = () => 1'),
  whole('run that is no function', 'exports.run = { call: () => 1 }'),
  whole('throwing while it loads', 'throw { message: "no" }'),
  whole('no valid text', 'exports.run = ('),
  whole('no exports', 'module.exports = null'),
  whole('run as a class', 'exports.run = class { constructor() { return Promise.resolve(1) } }'),
  whole('run as a generator', 'exports.run = function* () { yield 1 }'),
  whole(
    'a promise of its own kind',
    'class P extends Promise { then(a) { a({ get x() { return 1 } }); a(2) } } exports.run = () => new P(() => {})',
  ),
  { name: 'an entry that is not there', entry: 'other.js', code: { 'index.js': 'exports.run = () => 1' } },
  {
    name: 'files that require each other',
    code: {
      'index.js': 'require("./b.js"); exports.run = () => 1',
      'b.js': 'require("./index.js"); exports.x = 1',
    },
  },
]

export const lifecycle: HostileClass = {
  name: 'ending in every way but the right one',
  mechanism: 'a process of its own, one end for each run, and the host’s clock for what never ends',
  programs,
  budgets: { wallMs: 700, cpuMs: 700, memoryMB: 64 },
  ends: ['returned', 'threw', 'exceeded', 'result_invalid'],
  mayReturn: (value) =>
    value === 1 || value === 'first' || JSON.stringify(value) === '{}' || JSON.stringify(value) === '{"x":1}',
  async control(canaries) {
    const end = await runUnprotected(programs[10]?.code as string, canaries)
    if (end.exitCode === 0 || end.exitCode === null) throw new Error(`ended with ${end.exitCode}`)
    return `thrown in a timer of a shared process, null ends the host with exit code ${end.exitCode}`
  },
}
