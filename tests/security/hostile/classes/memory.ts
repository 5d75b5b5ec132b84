import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

const by = (name: string, body: string): HostileProgram => ({
  name,
  code: `const keep = []; exports.run = async (args, api) => { ${body} }`,
})
const programs: readonly HostileProgram[] = [
  by('arrays', 'for (;;) keep.push(new Array(1e4).fill(1.5))'),
  by('objects', 'for (let i = 0; ; i += 1) keep.push({ i, j: { i } })'),
  by(
    'texts that are flat',
    `for (let i = 0; ; i += 1) { const t = 'x'.repeat(1e6) + i; t.charCodeAt(5); keep.push(t) }`,
  ),
  by('a text that doubles', `let t = 'xy'; for (;;) { t += t; keep.push(t.slice(1)) }`),
  by('buffers', 'for (;;) keep.push(new ArrayBuffer(4e6))'),
  by('buffers that were written to', 'for (;;) keep.push(new Uint8Array(4e6).fill(1))'),
  by(
    'resizable buffers',
    'for (;;) { const b = new ArrayBuffer(1, { maxByteLength: 3e7 }); b.resize(3e7); new Uint8Array(b).fill(1); keep.push(b) }',
  ),
  by(
    'one buffer that grows',
    'const b = new ArrayBuffer(1, { maxByteLength: 1e9 }); for (let n = 1e6; ; n += 1e6) { b.resize(n); new Uint8Array(b, n - 1e6).fill(1) }',
  ),
  by('maps', 'const m = new Map(); for (let i = 0; ; i += 1) m.set(i, [i])'),
  by('sets of texts', `const s = new Set(); for (let i = 0; ; i += 1) s.add('some text of its own ' + i)`),
  by('closures', 'let f = () => 0; for (let i = 0; ; i += 1) { const g = f; f = () => g() + i }'),
  by(
    'registered symbols',
    `for (let i = 0; ; i += 1) Symbol.for('a symbol with a long name ' + i + 'x'.repeat(1000))`,
  ),
  by('promises that wait', 'for (;;) keep.push(new Promise(() => {}).then(() => keep))'),
  by(
    'errors with long stacks',
    'Error.stackTraceLimit = 200; const f = (n) => n ? f(n - 1) : new Error("x".repeat(1e4)); for (;;) keep.push(f(150), f(150).stack)',
  ),
  by(
    'calls that are not awaited',
    `const a = { q: 'x'.repeat(1e5) }; for (;;) keep.push(api.graph.search(a).catch(() => {}))`,
  ),
  by(
    'results of regular expressions',
    `const t = 'ab'.repeat(1e5); for (;;) keep.push([...t.matchAll(/a(b)/g)])`,
  ),
  by('a text of JSON', 'for (;;) keep.push(JSON.stringify(Array(1e5).fill("some text")))'),
  by(
    'functions',
    `for (let i = 0; ; i += 1) keep.push(new Function('return "' + 'x'.repeat(1e4) + i + '"'))`,
  ),
  by(
    'sparse arrays',
    'for (let i = 0; ; i += 1) { const a = []; a[1e5] = i; a.length = 3e7; keep.push(a, new Array(1e5)) }',
  ),
  by('BigInts', 'for (let i = 1n; ; i += 1n) keep.push(7n ** 200000n + i)'),
]

export const memory: HostileClass = {
  name: 'filling memory',
  mechanism: 'the isolate’s limit; for what that does not see a cgroup, or a watchdog over resident memory',
  programs,
  budgets: { wallMs: 40_000, cpuMs: 20_000, memoryMB: 16, calls: 1_000_000, outputBytes: 1_000_000_000 },
  // A limit of the language itself (the length of a text, the size of a map) may come first.
  ends: ['exceeded', 'threw'],
  async control(canaries) {
    const ends = await Promise.all(
      [0, 2, 5, 6].map((i) => runUnprotected(programs[i]?.code as string, canaries, { limitMs: 60_000 })),
    )
    const over = ends.filter((end) => end.peakMB > 250).length
    if (over < 4)
      throw new Error(`only ${over} of 4 grew: ${ends.map((end) => end.peakMB.toFixed(0)).join(', ')} MB`)
    return `${over} of 4 grew past 250 MB, sixteen times the budget, in a plain node`
  },
}
