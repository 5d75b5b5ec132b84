// `npm run bench -- runs [--json] [--quick]`: plugin runs through HTTP, the first run of an installation, and start-up.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { generatePublisherKey } from '@switchboard/plugin-sdk'
import { figure, machineSettings, printFigures } from './support/figure.ts'
import type { Figure } from './support/figure.ts'
import { createCaller } from './support/http-caller.ts'
import type { Caller } from './support/http-caller.ts'
import { load, median, medianLoad, timed } from './support/measure.ts'
import type { Load } from './support/measure.ts'
import { graphUnderBench } from './support/product-under-bench.ts'
import { packProbe } from './support/probe-package.ts'
import { startReference } from './support/reference-process.ts'
import { startServer } from './support/server-process.ts'
import type { ServerProcess } from './support/server-process.ts'

const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, quick: { type: 'boolean' } } })
/** Callers at once, and how often they call in one repeat. */
const loads =
  options.quick === true
    ? [
        { callers: 1, calls: 3 },
        { callers: 40, calls: 40 },
      ]
    : [
        { callers: 1, calls: 200 },
        { callers: 40, calls: 1_000 },
      ]
const repeats = options.quick === true ? 1 : 5
const coldRuns = options.quick === true ? 1 : 7
const starts = options.quick === true ? 1 : 5

const folder = await mkdtemp(join(tmpdir(), 'switchboard-bench-'))
try {
  printFigures(await measure(), options.json === true)
} finally {
  await rm(folder, { recursive: true })
}

async function measure(): Promise<readonly Figure[]> {
  const data = join(folder, 'data')
  const server = await startServer(data)
  const reference = await startReference()
  const api = createCaller(server.url, { token: server.token, connections: 40 })
  const bare = createCaller(reference.found, { connections: 40 })
  let figures: readonly Figure[]
  try {
    const status = JSON.parse((await api.get('/status')).text) as { sandboxLevel: string; store: string }
    const settings = {
      ...machineSettings(),
      sandbox: status.sandboxLevel,
      store: status.store,
      synchronous: 'FULL',
      receipts: 'on: an intent, an outcome and one for the brokered call',
      defaults: true,
    }
    await api.post('/graph/imports', graphUnderBench())
    figures = [...(await warmRuns({ api, bare, server, settings })), await coldRun({ api, bare, settings })]
  } finally {
    api.close()
    bare.close()
    await server.stop()
    await reference.stop()
  }
  return [...figures, await startUp(data)]
}

async function install(api: Caller, name: string): Promise<void> {
  const key = generatePublisherKey()
  await api.post('/publishers', { publisher: `Publisher of ${name}`, key: key.publicKeyPem })
  await api.post('/packages', { content: await packProbe(folder, name, key) })
  await api.post(`/plugins/${name}/reviews`, { note: 'made for this benchmark' })
  await api.post(`/plugins/${name}/install`, { minimal: true })
}

interface Measuring {
  readonly api: Caller
  readonly bare: Caller
  readonly settings: Figure['settings']
}

async function warmRuns({
  api,
  bare,
  server,
  settings,
}: Measuring & { readonly server: ServerProcess }): Promise<readonly Figure[]> {
  await install(api, 'probe')
  const run = () => api.post('/plugins/probe/runs', { input: { q: 'acme 7' } })
  const isolate = () => bare.post('/isolate', { q: 'acme 7' })
  const http = () => bare.post('/bare', { q: 'acme 7' })
  const figures: Figure[] = []
  for (const { callers, calls } of loads) {
    // One load that is not counted: runners start, statements are prepared, code is compiled.
    await load(callers, calls, run)
    await load(callers, calls, isolate)
    const taken: { run: Load; isolate: Load; http: Load }[] = []
    const before = await commitsOf(server)
    // Taken in turn, so that a slow minute of the machine is in all of them.
    for (let i = 0; i < repeats; i += 1) {
      taken.push({
        run: await load(callers, calls, run),
        isolate: await load(callers, calls, isolate),
        http: await load(callers, calls, http),
      })
    }
    const after = await commitsOf(server)
    const of = (part: 'run' | 'isolate' | 'http'): Load => medianLoad(taken.map((each) => each[part]))
    const floor = of('http')
    const runs = repeats * calls
    const own = {
      ...settings,
      reference: 'HTTP to a bare fastify that makes one call into a warm bare isolate',
      bareHttp: `p50 ${floor.p50.toPrecision(3)} ms, p95 ${floor.p95.toPrecision(3)} ms, ${Math.round(floor.perSecond)} per second`,
      callers,
      runs,
      commitsPerRun: Number(((after.commits - before.commits) / runs).toPrecision(3)),
      transactionsPerRun: Number(((after.transactions - before.transactions) / runs).toPrecision(3)),
    }
    const who = callers === 1 ? '1 caller' : `${callers} callers`
    for (const part of ['p50', 'p95', 'perSecond'] as const) {
      const name = part === 'perSecond' ? `runs at ${who}` : `run ${part} at ${who}`
      figures.push(
        figure(
          name,
          part === 'perSecond' ? 'per second' : 'ms',
          { value: of('run')[part], reference: of('isolate')[part] },
          own,
        ),
      )
    }
  }
  return figures
}

async function commitsOf(server: ServerProcess): Promise<{ commits: number; transactions: number }> {
  return {
    commits: await server.metric('store_commits'),
    transactions: await server.metric('store_transactions'),
  }
}

/** Each in a trust domain of its own, so that nothing is warm but the pool's blank runner. */
async function coldRun({ api, bare, settings }: Measuring): Promise<Figure> {
  const first: number[] = []
  const fresh: number[] = []
  for (let i = 0; i < coldRuns; i += 1) {
    const name = `cold-${i}`
    await install(api, name)
    first.push(await timed(() => api.post(`/plugins/${name}/runs`, { input: { q: 'acme 7' } })))
    fresh.push(await timed(() => bare.post('/fresh-isolate', { q: 'acme 7' })))
  }
  const own = {
    ...settings,
    reference: 'HTTP to a bare fastify that makes an isolate, compiles the code and makes one call',
    installations: coldRuns,
  }
  return figure('cold run', 'ms', { value: median(first), reference: median(fresh) }, own)
}

/** Second and later starts on the folder that all the runs above have filled. */
async function startUp(data: string): Promise<Figure> {
  const ready: number[] = []
  const bareStart: number[] = []
  for (let i = 0; i < starts; i += 1) {
    const server = await startServer(data)
    ready.push(server.readyMs)
    await server.stop()
    bareStart.push(await timed(() => promisify(execFile)(process.execPath, ['-e', '0'])))
  }
  const own = { ...machineSettings(), reference: 'start and end of a bare node', starts, defaults: true }
  return figure(
    'second start, process to ready',
    'ms',
    { value: median(ready), reference: median(bareStart) },
    own,
  )
}
