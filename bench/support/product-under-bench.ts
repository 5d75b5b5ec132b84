import { composeServer } from '../../apps/server/src/compose.ts'
import { readConfig } from '../../apps/server/src/kernel/config.ts'
import { createLogger } from '../../apps/server/src/kernel/log.ts'
import { createMetrics } from '../../apps/server/src/surface/index.ts'
import { generatePublisherKey } from '@switchboard/plugin-sdk'
import { packProbe } from './probe-package.ts'

/** Enough that a search is a search: 2,000 entities. */
export function graphUnderBench() {
  const entities = Array.from({ length: 2_000 }, (_, i) => ({
    key: `organisation:acme ${i}`,
    type: 'organisation',
    name: `Acme ${i} of ${i % 50}`,
  }))
  return { source: { name: 'bench', version: '1', licence: 'CC0-1.0' }, entities }
}

export type ProductUnderBench = Awaited<ReturnType<typeof openProductUnderBench>>

/**
 * The product without HTTP in this process, with every default: runs go through the gate, their calls too, and all of it
 * is receipted.
 */
export async function openProductUnderBench(folder: string) {
  const config = { ...readConfig({}, folder), data: `${folder}/product` }
  const server = await composeServer({
    config,
    version: 'bench',
    log: createLogger('error'),
    metrics: createMetrics(),
  })
  const caller = await server.database.writer.transact({ by: 'bootstrap' }, async (tx) => {
    const organisation = await server.identity.ensureOrganisation(tx, { name: 'Bench', demo: false })
    const roles = ['administrator', 'analyst'] as const
    const user = await server.identity.ensureUser(tx, { organisation, name: 'Bench', roles, demo: false })
    return { kind: 'user', organisation, user: user.id } as const
  })

  async function perform(operation: string, input: unknown): Promise<unknown> {
    const { outcome } = await server.gate.perform({ operation, input, caller })
    if (!outcome.ok) throw new Error(`${operation}: ${outcome.denial.message}`)
    return outcome.value
  }

  const key = generatePublisherKey()
  await perform('publisher.trust', { publisher: 'Publisher of probe', key: key.publicKeyPem })
  await perform('package.add', { content: await packProbe(folder, 'probe', key) })
  await perform('plugin.install', { id: 'probe', minimal: true })
  await perform('plugin.review', { id: 'probe', note: 'made for this benchmark' })
  await perform('graph.import', graphUnderBench())

  return {
    level: server.sandbox.level,
    store: server.database.dialect,
    /** One run of the probe, with its brokered call, to its durable receipt. */
    run: () => perform('plugin.run', { id: 'probe', input: { q: 'acme 7' } }),
    stats: () => server.database.stats(),
    close: () => server.close(),
  }
}
