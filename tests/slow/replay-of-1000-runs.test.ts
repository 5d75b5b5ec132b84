import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { demoMail } from '../../apps/server/src/demo/index.ts'
import { samplePackage } from '../support/test-package.ts'
import { createTestServer } from '../support/test-server.ts'
import type { TestServer } from '../support/test-server.ts'

const count = 1_000
/** Runs at once. */
const width = 6
const graph = { capabilities: { graph: ['read'], network: false } }

/** Each a way in which runs differ from one another, and end. */
const probes = {
  chance: `const dice = []; for (let i = 0; i < 5; i += 1) dice.push(Math.random())
    return { dice, at: Date.now(), iso: new Date().toISOString(), sorted: dice.toSorted(() => Math.random() - 0.5) }`,
  timers: `const order = []
    setTimeout(() => order.push('late'), args.n % 7)
    await Promise.all([1, 2, 3].map((n) => api.sleep((args.n * n) % 5).then(() => order.push(n))))
    return { order, took: Date.now() }`,
  race: `const order = []
    await Promise.all([
      ...['acme', 'nobody', 'host ' + (args.n % 9)].map((q) => api.graph.search({ q, limit: 4 }).then((r) => order.push([q, r.length]))),
      api.sleep(args.n % 4).then(() => order.push('timer')),
    ])
    return { order, last: await Promise.race([api.sleep(1).then(() => 'timer'), api.graph.search({ q: 'acme' }).then((r) => r[args.n % r.length].name)]) }`,
  refused: `const codes = []
    for (const ask of [() => api.cases.read({ id: 'case_' + '0'.repeat(32) }), () => api.graph.search({ q: '' }), () => api.graph.entity({ id: 'x' })])
      await ask().catch((error) => codes.push([error.code, error.message]))
    return { codes }`,
  escapes: "await api.data.lookup({ table: 'none', key: args.n })",
  throws: "throw new RangeError('after ' + Math.random() + ' at ' + Date.now())",
  invalid: 'const a = { n: args.n }; if (args.n % 2) a.a = a; else a.f = 10n; return a',
  greedy: "for (;;) await api.graph.search({ q: 'acme', limit: 1 })",
  talkative: "return { text: 'x'.repeat(5_000) }",
}

test(
  `${count} runs, replayed after their stored results are gone, have ${count} equal digests`,
  { timeout: 900_000 },
  async (t) => {
    const s = await createTestServer(t, { budgetMicros: 1_000_000_000_000 })
    await s.value(s.a.admin, 'graph.import', {
      source: { name: 's', version: '1', licence: 'CC0-1.0' },
      entities: Array.from({ length: 40 }, (_, i) => ({
        key: `h:${i}`,
        type: 'host',
        name: `acme host ${i}`,
      })),
    })
    // What ends by the clock would end elsewhere in its replay.
    const patient = { ms: 60_000, cpuMs: 60_000 }
    const enricher = await samplePackage('sample-enricher', { budgets: patient })
    await s.install(s.a, enricher, ['read:graph'])
    await s.install(s.a, await samplePackage('ioc-triage', { budgets: patient }), ['read:case'])
    const budgets = { ...patient, calls: 12, outputBytes: 4_000, rows: 1_000 }
    for (const [name, code] of Object.entries(probes))
      await s.install(s.a, { name, code, manifest: graph, budgets }, ['read:graph'])

    const inputs: ((n: number) => { id: string; input: unknown })[] = [
      (n) => ({ id: 'sample-enricher', input: { q: `acme host ${n % 50}` } }),
      (n) => ({ id: 'ioc-triage', input: { text: `${demoMail.text}\nSeen at 9[.]9[.]9[.]${n % 256}` } }),
      ...Object.keys(probes).map((id) => (n: number) => ({ id, input: { n } })),
    ]
    const asked = Array.from({ length: count }, (_, n) =>
      (inputs[n % inputs.length] as (typeof inputs)[0])(n),
    )
    const ends = new Map<string, number>()
    await inParallel(asked, async (input) => {
      const { outcome } = await s.ask(s.a.analyst, 'plugin.run', input)
      const end = outcome.ok ? 'allowed' : outcome.denial.code
      ends.set(end, (ends.get(end) ?? 0) + 1)
    })
    t.diagnostic(`how they ended: ${JSON.stringify(Object.fromEntries(ends))}`)
    for (const end of [
      'allowed',
      'plugin_threw',
      'result_invalid',
      'BudgetExceeded:calls',
      'BudgetExceeded:output',
    ])
      assert.ok((ends.get(end) ?? 0) > 20, `${end}: ${ends.get(end)}`)

    const outcomes = (await s.receipts({ operation: 'plugin.run' })).filter(
      (each) => each.phase === 'outcome',
    )
    assert.equal(outcomes.length, count)
    await s.edit(async (tx) => {
      await tx.updateTable('runs').set({ result: null, denial: null, spans: '[]' }).execute()
      await tx.deleteFrom('run_logs').execute()
      await tx.deleteFrom('entities').execute()
    })

    let equal = 0
    await inParallel(outcomes, async ({ id, run, parts }) => {
      const replayed = await replayedInTime(s, id)
      const about = `run ${run}: ${JSON.stringify(replayed)}`
      assert.equal(replayed.verdict, 'same', about)
      assert.equal(replayed.actual.sha256, replayed.expected.sha256, about)
      const inReceipt = parts['output']?.['sha256']
      if (inReceipt !== undefined) assert.equal(replayed.actual.sha256, inReceipt, about)
      equal += 1
    })
    assert.equal(equal, count)

    const { bytes, answers } = await sizes(s)
    t.diagnostic(`${bytes} bytes for ${count} recordings, of them ${answers} for different answers`)

    // One changed answer: named by its digest, and what it changes is seen.
    const enriched = outcomes.find((each) => each.parts['subject']?.['package'] === 'sample-enricher')
    await s.edit(async (tx) => {
      const uses = await tx
        .selectFrom('recorded_answer_uses')
        .selectAll()
        .where('run', '=', enriched?.run ?? '')
        .execute()
      await tx
        .updateTable('recorded_answers')
        .set({ content: Buffer.from('[{"id":"ent_forged","name":"Forged"}]') })
        .where(
          'sha256',
          'in',
          uses.map((use) => use.sha256),
        )
        .execute()
    })
    const forged = await s.value(s.a.analyst, 'run.replay', { id: enriched?.id ?? '' })
    assert.deepEqual([forged.verdict, forged.damaged[0]?.what], ['damaged', 'answer 1 (graph.search)'])
    assert.notEqual(forged.actual.sha256, forged.expected.sha256)

    // A changed version says where.
    const next = {
      name: 'race',
      version: '1.1.0',
      code: probes.race.replace('limit: 4', 'limit: 5'),
      manifest: graph,
      budgets,
    }
    await s.add(s.a, next)
    await s.review(s.a, 'race', '1.1.0')
    const raced = outcomes.find((each) => each.parts['subject']?.['package'] === 'race')
    const other = await s.value(s.a.analyst, 'run.replay', { id: raced?.id ?? '', against: '1.1.0' })
    assert.deepEqual(
      [other.verdict, other.divergence?.kind, other.divergence?.call, other.divergence?.method],
      ['diverged', 'arguments', 1, 'graph.search'],
    )
  },
)

async function sizes(s: Awaited<ReturnType<typeof createTestServer>>) {
  const sum = async (table: 'run_recordings' | 'recorded_answers') =>
    (await s.database.read.selectFrom(table).select('bytes').execute()).reduce(
      (all, row) => all + row.bytes,
      0,
    )
  const answers = await sum('recorded_answers')
  return { answers, bytes: answers + (await sum('run_recordings')) }
}

/** A machine that is busy with other tests may be too slow for a replay, which then says so; it is asked again. */
async function replayedInTime(s: TestServer, id: string) {
  for (let attempt = 1; attempt < 4; attempt += 1) {
    const { outcome } = await s.ask(s.a.analyst, 'run.replay', { id })
    if (outcome.ok) return outcome.value as OutputOf<OperationByName<'run.replay'>>
    assert.equal(outcome.denial.code, 'replay_stopped', `attempt ${attempt}: ${outcome.denial.message}`)
  }
  return await s.value(s.a.analyst, 'run.replay', { id })
}

async function inParallel<T>(things: readonly T[], work: (thing: T) => Promise<void>): Promise<void> {
  const left = things.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const thing of left) await work(thing)
    }),
  )
}
