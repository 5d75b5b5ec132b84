import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

const by = (name: string, body: string): HostileProgram => ({
  name,
  code: `exports.run = async (args, api) => { ${body} }`,
})
const programs: readonly HostileProgram[] = [
  by('an empty loop', 'for (;;);'),
  by('a loop of microtasks', 'for (;;) await 0'),
  by('promises that make promises', 'const again = () => Promise.resolve().then(again); await again()'),
  by(
    'timers that make timers',
    'await new Promise(() => { const again = () => setTimeout(again, 0); again() })',
  ),
  by(
    'a thousand timers that make timers',
    'await new Promise(() => { const again = () => { for (;;) { try { setTimeout(again, 0) } catch { return } } }; again() })',
  ),
  by('a regular expression', `/^(a+)+$/.test('a'.repeat(40) + 'b')`),
  by('a regular expression with a back reference', String.raw`/^(.*)*\1{5}x$/.test('ab'.repeat(5000))`),
  by(
    'replacing with a regular expression',
    `'a'.repeat(60).replace(/((a|aa)+)+$/g, 'b') && /(x+x+)+y/.test('x'.repeat(60))`,
  ),
  by('BigInt powers', 'let n = 3n; for (;;) n = n ** 3n'),
  by(
    'BigInt multiplication',
    'let n = 7n ** 100000n; for (;;) { n = (n * n) >> 200000n; n |= 1n << 280000n }',
  ),
  by('a BigInt as text', '(7n ** 9000000n).toString().length'),
  by(
    'sorting with a comparator that lies',
    'const a = Array.from({ length: 3e5 }, (_, i) => i); for (;;) a.sort(() => Math.random() - 0.5)',
  ),
  by(
    'sorting typed arrays',
    'const a = new Float64Array(5e5); for (;;) { for (let i = 0; i < a.length; i += 9) a[i] = -i; a.sort() }',
  ),
  by('joining', 'const a = Array(2e5).fill("x"); for (;;) a.join(",")'),
  by('filling', 'const a = new Uint8Array(8e6); for (;;) a.fill(1)'),
  by(
    'searching in a long text',
    `const t = 'a'.repeat(1e6) + 'b'; for (;;) t.indexOf('a'.repeat(5e4) + 'c')`,
  ),
  by('parsing JSON', `const t = '[' + '1,'.repeat(3e5) + '1]'; for (;;) JSON.parse(t)`),
  by('compiling', `for (let i = 0; ; i += 1) new Function('return ' + '1+'.repeat(2e4) + i)`),
  by(
    'recursion to the end of the stack, again and again',
    'const f = () => { try { f() } finally { try { f() } catch {} } }; for (;;) { try { f() } catch {} }',
  ),
  by(
    'a proxy without end',
    'let o = {}; const p = new Proxy(o, { get: (t, k, r) => r[k] }); for (;;) { try { p.x } catch {} }',
  ),
  by('a conversion without end', 'const o = { [Symbol.toPrimitive]() { for (;;); } }; +o'),
  by('a generator without end', 'function* g() { for (;;) yield 1 } for (const x of g());'),
  by(
    'an asynchronous generator without end',
    'async function* g() { for (;;) yield 1 } for await (const x of g());',
  ),
  by('a thenable without end', 'await { then(r) { r({ then: this.then }) } }'),
  by('matching without end', `const t = 'ab'.repeat(1e5); for (;;) [...t.matchAll(/a(b)/g)].length`),
  by('normalising', `const t = '\\u1E9B\\u0323'.repeat(1e5); for (;;) t.normalize('NFKD')`),
  {
    name: 'a loop while it loads',
    code: 'for (;;);',
  },
  {
    name: 'a module that awaits for ever while it loads',
    entry: 'index.mjs',
    code: { 'index.mjs': 'for (;;) await 0\nexport const run = 1' },
  },
]

export const cpu: HostileClass = {
  name: 'burning time',
  mechanism: 'the host’s clock and the kernel’s account of CPU: disposed, then killed',
  programs,
  budgets: { wallMs: 500, cpuMs: 250, memoryMB: 64 },
  ends: ['exceeded'],
  async control(canaries) {
    const ends = await Promise.all(
      programs
        .slice(0, 6)
        .map((program) =>
          runUnprotected(program.code as string, canaries, { limitMs: 2_000, stopAtMB: 4_000 }),
        ),
    )
    const still = ends.filter((end) => end.killed).length
    if (still < 5) throw new Error(`only ${still} of 6 were still running`)
    return `${still} of 6 still ran after eight times the budget, in a plain node`
  },
}
