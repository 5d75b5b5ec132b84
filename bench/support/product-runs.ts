import { generatePublisherKey } from '@switchboard/plugin-sdk'
import { figure, machineSettings } from './figure.ts'
import type { Figure } from './figure.ts'
import { createCaller } from './http-caller.ts'
import { load, median } from './measure.ts'
import { graphUnderBench, openProductUnderBench } from './product-under-bench.ts'
import { packProbe } from './probe-package.ts'
import { startReference } from './reference-process.ts'
import { bareTimes } from './sandbox-under-bench.ts'
import { startServer } from './server-process.ts'

const callers = 40
const receipts = 'on: an intent, an outcome and one for the brokered call'

/** Brokered runs per second from the gate to the durable receipt, without HTTP, and what they cost in CPU. */
export async function measureProduct(of: { folder: string; quick: boolean }): Promise<readonly Figure[]> {
  const runs = of.quick ? 40 : 800
  const repeats = of.quick ? 1 : 3
  const product = await openProductUnderBench(of.folder)
  try {
    await load(callers, runs / 2, product.run)
    const rates: number[] = []
    const bare: number[] = []
    let cpuMicros = 0
    const before = product.stats()
    for (let i = 0; i < repeats; i += 1) {
      bare.push((await bareTimes(of.quick ? 20 : 300)).perSecond)
      const start = process.cpuUsage()
      rates.push((await load(callers, runs, product.run)).perSecond)
      const { user, system } = process.cpuUsage(start)
      cpuMicros += user + system
    }
    const after = product.stats()
    const all = runs * repeats
    return [
      figure(
        'gate to receipt: runs at 40 callers',
        'per second',
        { value: median(rates), reference: median(bare) },
        {
          ...machineSettings(),
          sandbox: product.level,
          store: product.store,
          synchronous: 'FULL',
          receipts,
          defaults: true,
          callers,
          runs: all,
          serverCpuMsPerRun: Number((cpuMicros / all / 1000).toPrecision(3)),
          commitsPerRun: Number(((after.commits - before.commits) / all).toPrecision(3)),
          transactionsPerRun: Number(((after.transactions - before.transactions) / all).toPrecision(3)),
          goalPerSecond: 2_000,
          reference: 'the same call in a warm bare isolate, by 40 callers',
        },
      ),
    ]
  } finally {
    await product.close()
  }
}

/** The same through HTTP, held against HTTP to a bare isolate. */
export async function measureHttp(of: { folder: string; quick: boolean }): Promise<readonly Figure[]> {
  const runs = of.quick ? 40 : 800
  const server = await startServer(`${of.folder}/http`)
  const reference = await startReference()
  const api = createCaller(server.url, { token: server.token, connections: callers })
  const bare = createCaller(reference.found, { connections: callers })
  try {
    const { sandboxLevel } = JSON.parse((await api.get('/status')).text) as { sandboxLevel: string }
    const key = generatePublisherKey()
    await api.post('/publishers', { publisher: 'Publisher of over-http', key: key.publicKeyPem })
    await api.post('/packages', { content: await packProbe(of.folder, 'over-http', key) })
    await api.post('/plugins/over-http/install', { minimal: true })
    await api.post('/plugins/over-http/reviews', { note: 'made for this benchmark' })
    await api.post('/graph/imports', graphUnderBench())
    const run = () => api.post('/plugins/over-http/runs', { input: { q: 'acme 7' } })
    const isolate = () => bare.post('/isolate', { q: 'acme 7' })
    await load(callers, runs / 2, run)
    const rates: number[] = []
    const bareRates: number[] = []
    for (let i = 0; i < (of.quick ? 1 : 3); i += 1) {
      rates.push((await load(callers, runs, run)).perSecond)
      bareRates.push((await load(callers, runs, isolate)).perSecond)
    }
    const own = {
      ...machineSettings(),
      sandbox: sandboxLevel,
      receipts,
      defaults: true,
      callers,
      goalPerSecond: 600,
      reference: 'HTTP to a bare fastify that makes one call into a warm bare isolate',
    }
    const measured = { value: median(rates), reference: median(bareRates) }
    return [figure('through HTTP: runs at 40 callers', 'per second', measured, own)]
  } finally {
    api.close()
    bare.close()
    await server.stop()
    await reference.stop()
  }
}
