// `npm run bench -- sandbox [--json] [--quick]`: how a run is stopped, what it costs above a bare isolate, and how many fit.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { residentLimitBytes } from '../apps/server/src/sandbox/index.ts'
import { figure, machineSettings, printFigures } from './support/figure.ts'
import type { Figure } from './support/figure.ts'
import { load, median, quantile, timed } from './support/measure.ts'
import { measureHttp, measureProduct } from './support/product-runs.ts'
import { bareTimes, killBareProcess, oneCall, openSandboxUnderBench } from './support/sandbox-under-bench.ts'
import type { BareTimes, SandboxUnderBench } from './support/sandbox-under-bench.ts'

const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, quick: { type: 'boolean' } } })
const quick = options.quick === true
const repeats = quick ? 1 : 5
const warmRuns = quick ? 5 : 300
const coldRuns = quick ? 1 : 8
const stops = quick ? 1 : 4
const wallMs = 150
const cappedMB = 64

/** What V8 leaves when the host asks. */
const interruptible = {
  loop: 'for (;;);',
  promises: 'for (;;) await 0',
  waiting: 'await new Promise(() => {})',
  regularExpression: '/^(a+)+$/.test("a".repeat(60) + "!")',
  timers: 'for (;;) await sleep(0)',
}
/** What V8 does not leave: the process is killed. */
const uninterruptible = {
  bigInt: 'const a = 7n ** 300000n; for (;;) a * a',
  sort: 'const a = new Float64Array(4e6); for (let i = 0; i < 4e6; i++) a[i] = -i; for (;;) a.slice().sort()',
  join: 'const a = new Array(4e7); for (;;) a.join("")',
}
/** What the isolate's own limit does not see. */
const hungry = {
  resizable:
    'const a = []; for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 2e7 }); b.resize(2e7); a.push(new Uint8Array(b).fill(1)) }',
  strings:
    'let s = "x".repeat(1e6), a = []; for (let i = 0; ; i++) a.push((s + i).split("").reverse().join("") && s.toUpperCase() + i)',
  objects: 'const a = []; for (;;) a.push({ x: [1, 2, 3] })',
}
const flood = 'for (let i = 0; i < 4000; i++) api.graph.search({ q: "x".repeat(200), i }); await sleep(10000)'

const folder = await mkdtemp(join(tmpdir(), 'switchboard-bench-'))
try {
  const of = { folder, quick }
  const figures = [...(await measureSandbox()), ...(await measureProduct(of)), ...(await measureHttp(of))]
  printFigures(figures, options.json === true)
} finally {
  await rm(folder, { recursive: true })
}

async function measureSandbox(): Promise<readonly Figure[]> {
  const sandbox = await openSandboxUnderBench()
  const settings = {
    ...machineSettings(),
    sandbox: sandbox.level,
    receipts: 'none: the engine alone',
    defaults: true,
  }
  try {
    return [
      await stopping(sandbox, settings),
      await killing(sandbox, settings),
      await filling(sandbox, settings),
      ...(await warm(sandbox, settings)),
      await cold(sandbox, settings),
      await neighbour(sandbox, settings),
    ]
  } finally {
    await sandbox.close()
  }
}

/** How long after its wall budget a run is reported, over every kind of code. */
async function overrun(sandbox: SandboxUnderBench, kinds: Readonly<Record<string, string>>) {
  const all: number[] = []
  const byKind: Record<string, string> = {}
  for (const [kind, code] of Object.entries(kinds)) {
    const late: number[] = []
    for (let i = 0; i < stops; i += 1) {
      await sandbox.blank()
      const report = await sandbox.run(
        `exports.run = async (args, api) => { ${code} }`,
        `stop ${kind} ${i}`,
        {
          wallMs,
          memoryMB: 1024,
        },
      )
      if (report.end !== 'exceeded') throw new Error(`${kind} was not stopped: ${JSON.stringify(report)}`)
      late.push(report.usage.wallMicros / 1000 - wallMs)
    }
    all.push(...late)
    byKind[`${kind}Ms`] = `${median(late).toFixed(1)} median, ${Math.max(...late).toFixed(1)} worst`
  }
  return { p95: quantile(all, 0.95), byKind }
}

async function stopping(sandbox: SandboxUnderBench, settings: Figure['settings']): Promise<Figure> {
  const bare = await bareTimes(20)
  const { p95, byKind } = await overrun(sandbox, interruptible)
  const own = {
    ...settings,
    ...byKind,
    reference: "an endless loop under isolated-vm's own timeout",
    goalMs: 50,
  }
  return figure(
    'stop after the limit, isolate p95',
    'ms',
    { value: p95, reference: quantile(bare.stop, 0.95) },
    own,
  )
}

async function killing(sandbox: SandboxUnderBench, settings: Figure['settings']): Promise<Figure> {
  const reference = quantile(await times(stops, killBareProcess), 0.95)
  const { p95, byKind } = await overrun(sandbox, uninterruptible)
  const own = {
    ...settings,
    ...byKind,
    reference: 'SIGKILL of a bare node that computes, to its exit',
    goalMs: 250,
  }
  return figure('stop after the limit, killed p95', 'ms', { value: p95, reference }, own)
}

async function filling(sandbox: SandboxUnderBench, settings: Figure['settings']): Promise<Figure> {
  let peak = 0
  const byKind: Record<string, string> = {}
  for (const [kind, code] of Object.entries(hungry)) {
    await sandbox.blank()
    const report = await sandbox.run(`exports.run = async () => { ${code} }`, `memory ${kind}`, {
      memoryMB: cappedMB,
    })
    const peakMB = report.usage.memoryBytes / 1024 / 1024
    byKind[`${kind}MB`] = `${peakMB.toFixed(0)}, ${report.end === 'exceeded' ? report.budget : report.end}`
    peak = Math.max(peak, peakMB)
  }
  const reference = residentLimitBytes(cappedMB) / 1024 / 1024
  const own = {
    ...settings,
    ...byKind,
    memoryMB: cappedMB,
    reference: 'the cap on what the whole runner may add at that budget',
    goal: 'a ratio of 1 at most, where a cgroup keeps the cap',
  }
  return figure('memory peak under a cap', 'MB', { value: peak, reference }, own)
}

async function warm(sandbox: SandboxUnderBench, settings: Figure['settings']): Promise<readonly Figure[]> {
  const one = () => sandbox.succeed(oneCall, 'warm')
  await load(1, warmRuns / 5, one)
  const taken: { alone: number; perSecond: number; bare: BareTimes }[] = []
  let hostMicros = 0
  let runnerMicros = 0
  let runs = 0
  for (let i = 0; i < repeats; i += 1) {
    const bare = await bareTimes(warmRuns)
    const alone = (await load(1, warmRuns, one)).p95
    const before = process.cpuUsage()
    const { perSecond } = await load(40, warmRuns, async () => {
      const { usage } = await one()
      runnerMicros += usage.cpuMicros
    })
    const { user, system } = process.cpuUsage(before)
    hostMicros += user + system
    runs += warmRuns
    taken.push({ alone, perSecond, bare })
  }
  const own = {
    ...settings,
    hostCpuMsPerRun: Number((hostMicros / runs / 1000).toPrecision(3)),
    // Of the run itself: its isolate is made between runs.
    runnerCpuMsPerRun: Number((runnerMicros / runs / 1000).toPrecision(3)),
  }
  const value = median(taken.map(({ alone }) => alone))
  const reference = median(taken.map(({ bare }) => bare.warmP95))
  return [
    figure(
      'warm run p95',
      'ms',
      { value, reference },
      {
        ...own,
        reference: 'the same call in a warm bare isolate of its own process',
        overheadMs: Number((value - reference).toPrecision(3)),
        goalMs: 2,
      },
    ),
    figure(
      'engine: runs at 40 callers',
      'per second',
      {
        value: median(taken.map(({ perSecond }) => perSecond)),
        reference: median(taken.map(({ bare }) => bare.perSecond)),
      },
      { ...own, callers: 40, reference: 'the same call in a warm bare isolate, by 40 callers' },
    ),
  ]
}

/** Each in a trust domain of its own: what is warm is the pool's blank runner. */
async function cold(sandbox: SandboxUnderBench, settings: Figure['settings']): Promise<Figure> {
  const bare = await bareTimes(warmRuns)
  const taken = await times(coldRuns, async () => {
    await sandbox.blank()
    return timed(() => sandbox.succeed(oneCall, `cold ${Math.random()}`))
  })
  const own = {
    ...settings,
    reference: 'a bare isolate made, its code compiled, called and disposed of',
    goalMs: 20,
  }
  return figure(
    'pooled cold start p95',
    'ms',
    { value: quantile(taken, 0.95), reference: quantile(bare.fresh, 0.95) },
    own,
  )
}

/** The worst run of a neighbour while another trust domain posts calls that it does not await. */
async function neighbour(sandbox: SandboxUnderBench, settings: Figure['settings']): Promise<Figure> {
  const one = () => timed(() => sandbox.succeed(oneCall, 'neighbour'))
  await times(10, one)
  const count = quick ? 10 : 150
  const quiet = await times(count, one)
  const flooding = sandbox.run(`exports.run = async (args, api) => { ${flood} }`, 'flood', {
    wallMs: quick ? 300 : 3_000,
  })
  const beside = await times(count, one)
  await flooding
  const own = {
    ...settings,
    reference: 'the same without the flood',
    flood: '4000 calls, none awaited',
    p95Ms: Number(quantile(beside, 0.95).toPrecision(3)),
    quietP95Ms: Number(quantile(quiet, 0.95).toPrecision(3)),
  }
  return figure(
    'worst run beside a flood of calls',
    'ms',
    { value: Math.max(...beside), reference: Math.max(...quiet) },
    own,
  )
}

async function times(count: number, once: () => Promise<number>): Promise<number[]> {
  const taken: number[] = []
  for (let i = 0; i < count; i += 1) taken.push(await once())
  return taken
}
