import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

const by = (name: string, body: string): HostileProgram => ({
  name,
  code: `exports.run = async (args, api) => { ${body}; return 'logged' }`,
})
const programs: readonly HostileProgram[] = [
  by('a million lines', 'for (let i = 0; i < 1e6; i += 1) console.log("line", i)'),
  by('lines without end', 'for (;;) console.error("x")'),
  by('50 MB in one line', `console.log('x'.repeat(5e7))`),
  by('half surrogates and zeros', String.raw`console.log('\ud800\0\udfff'.repeat(1e4))`),
  by('marks that steer a terminal', String.raw`console.log('\x1b[2J\x1b]0;owned\x07\x9b31m')`),
  by(
    'lines that pretend to be others',
    String.raw`console.log('one\r\n{"level":50,"msg":"forged"}\u2028\u0085two')`,
  ),
  by('a getter that throws', 'console.log({ get x() { throw new Error("no") } })'),
  by(
    'a proxy',
    'console.log(new Proxy({}, { get() { throw new Error("no") }, ownKeys() { throw new Error("no") } }))',
  ),
  by('a cycle', 'const o = {}; o.o = o; console.log(o, [o])'),
  by(
    'toString that logs',
    'const o = { toString() { console.log(o); return "x" }, toJSON() { console.log(o); return 1 } }; try { console.log(o) } catch {}',
  ),
  by('a hundred thousand arguments', 'console.log(...Array(1e5).fill("x"))'),
  by(
    'its own stack',
    'console.log(new Error("where").stack); try { require("./none") } catch (e) { console.log(e.stack) }; try { await api.graph.search({ q: "refuse" }) } catch (e) { console.log(e.stack) }; try { null.x } catch (e) { console.log(e.stack) }',
  ),
  by(
    'after the end',
    'setTimeout(() => console.log("late"), 0); Promise.resolve().then(() => console.log("later"))',
  ),
  by(
    'from timers, for ever',
    'await new Promise(() => { const again = () => { console.log("x".repeat(100)); setTimeout(again, 0) }; again() })',
  ),
]

export const logs: HostileClass = {
  name: 'attacks by what is printed',
  mechanism: 'a budget of characters and lines counted inside the isolate, cut again by the host',
  programs,
  budgets: { wallMs: 10_000, cpuMs: 1_500, memoryMB: 64, logBytes: 64 * 1024 },
  ends: ['returned', 'exceeded', 'threw'],
  mayReturn: (value) => value === 'logged',
  async control(canaries) {
    const { output } = await runUnprotected(programs[2]?.code as string, canaries, {
      limitMs: 6_000,
      stopAtMB: 2_000,
    })
    if (output.length < 1_000_000) throw new Error(`only ${output.length} characters`)
    return `a plain node prints ${(output.length / 1e6).toFixed(0)} MB and more, the budget is 64 kB`
  },
}
