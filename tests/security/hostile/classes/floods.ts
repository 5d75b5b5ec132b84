import { runUnprotected } from '../run-unprotected.ts'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

const by = (name: string, body: string): HostileProgram => ({
  name,
  code: `exports.run = async (args, api) => { ${body} }`,
})
const programs: readonly HostileProgram[] = [
  by(
    'calls that are not awaited',
    'for (let i = 0; i < 1e5; i += 1) api.graph.search({ q: "x" }).catch(() => {}); return 1',
  ),
  by('calls one after another', 'for (let i = 0; i < 1e5; i += 1) await api.graph.search({ q: "x" })'),
  by(
    'calls from timers',
    'await new Promise(() => { const again = () => { api.graph.search({}).catch(() => {}); setTimeout(again, 0) }; for (let i = 0; i < 100; i += 1) again() })',
  ),
  by(
    'calls from answers',
    'const again = () => { api.graph.search({}).then(again); api.graph.search({}).then(again) }; again(); await sleep(1e6)',
  ),
  by('arguments of a megabyte', `for (;;) await api.graph.search({ q: 'x'.repeat(9e5) })`),
  by('an argument of 50 MB', `await api.graph.search({ q: 'x'.repeat(5e7) })`),
  by(
    'an argument that is nested 100,000 deep',
    'let o = {}; for (let i = 0; i < 1e5; i += 1) o = { o }; await api.graph.search(o)',
  ),
  by(
    'an argument of a million keys',
    'const o = {}; for (let i = 0; i < 1e6; i += 1) o["k" + i] = 1; await api.graph.search(o)',
  ),
  by(
    'half surrogates',
    `for (let i = 0; i < 1e4; i += 1) await api.graph.search({ q: '\\ud800'.repeat(100) })`,
  ),
  by(
    'refused calls',
    `for (let i = 0; i < 1e5; i += 1) await api.graph.search({ q: 'refuse' }).catch(() => {})`,
  ),
  by('sleeps', 'await Promise.all(Array.from({ length: 1e5 }, () => sleep(1)))'),
  by('timers set and taken back', 'for (let i = 0; i < 1e7; i += 1) clearTimeout(setTimeout(() => {}, 1e5))'),
  by(
    'calls while it ends',
    'setTimeout(() => { for (;;) api.graph.search({}) }, 0); return new Promise((r) => { for (let i = 0; i < 2000; i += 1) api.graph.search({}); r(1) })',
  ),
  by(
    'many calls at once, again and again',
    'for (;;) await Promise.all(Array.from({ length: 1000 }, () => api.graph.search({ q: "x".repeat(500) })))',
  ),
]

export const floods: HostileClass = {
  name: 'flooding the broker',
  mechanism: 'quotas on calls, size and nesting inside the isolate, sixteen calls in flight',
  programs,
  budgets: { wallMs: 10_000, cpuMs: 2_000, calls: 1_000, outputBytes: 2_000_000, memoryMB: 64 },
  ends: ['exceeded', 'threw', 'returned'],
  mayReturn: (value) => value === 1,
  async control(canaries) {
    const { output } = await runUnprotected(programs[0]?.code as string, canaries, {
      limitMs: 60_000,
      stopAtMB: 2_000,
    })
    const calls = Number(/calls (\d+)/.exec(output)?.[1])
    if (calls !== 100_000) throw new Error(`only ${calls} calls arrived`)
    return 'without quotas 100,000 calls arrive, a hundred times the budget'
  },
}
