import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { createTestServer } from '../../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../../tests/support/test-server.ts'

const graph = { capabilities: { graph: ['read'], network: false } }

async function withGraph(t: TestContext): Promise<TestServer> {
  const s = await createTestServer(t)
  const entities = Array.from({ length: 20 }, (_, i) => ({
    key: `host:${i}`,
    type: 'host',
    name: `acme host ${i}`,
  }))
  await s.value(s.a.admin, 'graph.import', {
    source: { name: 's', version: '1', licence: 'CC0-1.0' },
    entities,
  })
  return s
}

async function runOf(s: TestServer, id: string, input: unknown = {}) {
  const { outcome, receiptId } = await s.ask(s.a.analyst, 'plugin.run', { id, input })
  const receipt = (await s.receipts({ operation: 'plugin.run' })).at(-1)
  assert.equal(receipt?.id, receiptId)
  return { outcome, receipt: receiptId ?? '', run: receipt?.run ?? '', parts: receipt?.parts ?? {} }
}

const chancy = `
  const found = await api.graph.search({ q: args.q, limit: 3 })
  const order = []
  await Promise.all([
    api.sleep(5).then(() => order.push('timer')),
    api.graph.entity({ id: found[0].id }).then(() => order.push('entity')),
    api.graph.search({ q: 'nobody' }).then(() => order.push('search')),
  ])
  const refusal = await api.cases.read({ id: 'case_' + '0'.repeat(32) }).catch((error) => error.code)
  return { found: found.map((each) => each.id), dice: [Math.random(), Math.random()], at: Date.now(), order, refusal }`

test('a replay of a run with chance, time, answers and refusals has the digest that is in its receipt', async (t) => {
  const s = await withGraph(t)
  const id = await s.install(s.a, { name: 'chancy', code: chancy, manifest: graph }, ['read:graph'])
  const { run, receipt, parts, outcome } = await runOf(s, id, { q: 'acme' })
  assert.ok(outcome.ok)
  const replayed = await s.value(s.a.analyst, 'run.replay', { id: receipt })
  assert.deepEqual([replayed.verdict, replayed.divergence, replayed.recordedCalls], ['same', null, 4])
  assert.equal(replayed.actual.sha256, parts['output']?.['sha256'])
  assert.equal(replayed.runId, run)
  assert.match(String(parts['subject']?.['recording']), /^[0-9a-f]{64}$/)
  // By the run's own name, and by the receipt of the replay itself.
  const again = await s.value(s.a.auditor, 'run.replay', { id: run })
  assert.equal(again.verdict, 'same')
  const receipts = await s.receipts({ operation: 'run.replay' })
  assert.deepEqual(
    receipts.map((each) => [each.phase, each.decision, each.calls]),
    [
      ['intent', 'allowed', 0],
      ['outcome', 'allowed', 0],
      ['intent', 'allowed', 0],
      ['outcome', 'allowed', 0],
    ],
  )
  const third = await s.value(s.a.analyst, 'run.replay', { id: receipts.at(-1)?.id ?? '' })
  assert.equal(third.verdict, 'same')
})

test('what was stored of the result plays no part: replays are as equal without it', async (t) => {
  const s = await withGraph(t)
  const id = await s.install(s.a, { name: 'chancy', code: chancy, manifest: graph }, ['read:graph'])
  const { run, parts } = await runOf(s, id, { q: 'acme' })
  await s.edit((tx) => tx.updateTable('runs').set({ result: null, spans: '[]' }).execute())
  await s.edit((tx) => tx.deleteFrom('entities').execute())
  await s.value(s.a.admin, 'plugin.revoke', { id, caps: ['read:graph'] })
  const replayed = await s.value(s.a.analyst, 'run.replay', { id: run })
  assert.deepEqual(
    [replayed.verdict, replayed.actual.sha256],
    ['same', (parts['output'] as { sha256: string }).sha256],
  )
})

test('each way to end without a result is replayed to the same denial', async (t) => {
  const s = await withGraph(t)
  const endings: [string, string, Record<string, number>?][] = [
    ['plugin_threw', "throw new TypeError('x ' + Math.random())"],
    ['CapabilityDenied', "return await api.graph.search({ q: 'not granted' })"],
    ['result_invalid', 'return 10n'],
    ['result_invalid', "return { entities: 'none' }"],
    ['BudgetExceeded:rows', "return await api.graph.search({ q: 'acme', limit: 20 })", { rows: 5 }],
    ['BudgetExceeded:calls', "for (;;) await api.graph.search({ q: 'nobody' })", { calls: 3 }],
    ['BudgetExceeded:output', "return { text: 'x'.repeat(3_000) }", { outputBytes: 2_000 }],
  ]
  for (const [at, [code, body, budgets = {}]] of endings.entries()) {
    const plugin = { name: `ending-${at}`, code: body, manifest: graph, budgets }
    const id = await s.install(s.a, plugin, code === 'CapabilityDenied' ? [] : ['read:graph'])
    const { run, outcome } = await runOf(s, id)
    assert.equal(outcome.ok ? 'allowed' : outcome.denial.code, code, body)
    const replayed = await s.ask(s.a.analyst, 'run.replay', { id: run })
    if (!replayed.outcome.ok && code === 'BudgetExceeded:rows') {
      // The gate ended the run; on a busy machine its runner was killed before it had said in which order things came.
      assert.equal(replayed.outcome.denial.params['rule'], 'runner-killed')
      continue
    }
    assert.ok(replayed.outcome.ok, body)
    const { verdict, actual, expected } = replayed.outcome.value as Record<
      string,
      { code: string; sha256: string }
    >
    assert.deepEqual([verdict, actual?.code, actual?.sha256], ['same', code, expected?.sha256], body)
  }
})

/**
 * The replay of a run that was stopped. On a busy machine its runner is killed before it has said in which order things
 * came, and nothing is recorded: then it is run again.
 */
async function replayOfStopped(s: TestServer, runAndStop: () => Promise<string>) {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { outcome } = await s.ask(s.a.analyst, 'run.replay', { id: await runAndStop() })
    if (outcome.ok) return outcome.value as OutputOf<OperationByName<'run.replay'>>
    assert.equal(outcome.denial.params['rule'], 'runner-killed')
  }
  return assert.fail('its runner was killed each time')
}

test('a run that was stopped from outside replays up to where it was stopped', async (t) => {
  const s = await withGraph(t)
  const waits =
    "const [x] = await api.graph.search({ q: 'acme', limit: 1 }); await new Promise(() => {}); return x"
  const id = await s.install(s.a, { name: 'waits', code: waits, manifest: graph, budgets: { ms: 2_000 } }, [
    'read:graph',
  ])
  const first = await replayOfStopped(s, async () => {
    const { outcome, run } = await runOf(s, id)
    assert.equal(outcome.ok ? '' : outcome.denial.code, 'BudgetExceeded:time')
    return run
  })
  assert.deepEqual([first.verdict, first.recordedCalls], ['same_until_stop', 1])

  const endless = await s.install(s.a, { name: 'endless', code: 'for (;;) {}', budgets: { ms: 200 } })
  const second = await replayOfStopped(s, async () => (await runOf(s, endless)).run)
  assert.deepEqual([second.verdict, second.actual.code], ['same', 'BudgetExceeded:time'])

  const patient = await s.install(
    s.a,
    { name: 'patient', code: waits, manifest: graph, budgets: { ms: 30_000 } },
    ['read:graph'],
  )
  const searches = async () =>
    (await s.receipts({ operation: 'graph.search' })).filter(
      (each) => (each.parts['actor']?.['via'] as { package: string } | undefined)?.package === 'patient',
    ).length
  const third = await replayOfStopped(s, async () => {
    const stopping = new AbortController()
    const before = await searches()
    const asked = s.ask(s.a.analyst, 'plugin.run', { id: patient }, { signal: stopping.signal })
    while ((await searches()) === before) await new Promise((resolve) => setTimeout(resolve, 20))
    stopping.abort()
    const { outcome } = await asked
    assert.equal(outcome.ok ? '' : outcome.denial.code, 'run_cancelled')
    return (await s.receipts({ operation: 'plugin.run' })).at(-1)?.run ?? ''
  })
  assert.ok(['same', 'same_until_stop'].includes(third.verdict), JSON.stringify(third))
})

test('a replay that the machine was too slow for says so, and not that the code did something else', async (t) => {
  let isSlow = true
  const s = await createTestServer(t, {
    changeRun: (request) =>
      isSlow && request.replay !== undefined
        ? { ...request, budgets: { ...request.budgets, wallMs: 20 } }
        : request,
  })
  const searches =
    "for (let n = 0; n < 2e6; n++) Math.sqrt(n); return await api.graph.search({ q: 'acme', limit: 1 })"
  const id = await s.install(
    s.a,
    { name: 'thorough', code: searches, manifest: graph, budgets: { ms: 20_000 } },
    ['read:graph'],
  )
  const { run, outcome } = await runOf(s, id)
  assert.ok(outcome.ok)
  const stopped = await s.ask(s.a.analyst, 'run.replay', { id: run })
  assert.ok(!stopped.outcome.ok)
  assert.deepEqual(
    [stopped.outcome.denial.code, stopped.outcome.denial.params],
    ['replay_stopped', { runId: run, code: 'BudgetExceeded:time' }],
  )
  isSlow = false
  assert.equal((await s.value(s.a.analyst, 'run.replay', { id: run })).verdict, 'same')
})

test('a changed answer is named by its digest, and the replay shows what the change does', async (t) => {
  const s = await withGraph(t)
  const code =
    'const [x] = await api.graph.search({ q: args.q, limit: 1 }); return { name: x.name, first: x.name[0] }'
  const id = await s.install(s.a, { name: 'reader', code, manifest: graph }, ['read:graph'])
  const { run } = await runOf(s, id, { q: 'acme' })
  const [kept] = await s.database.read.selectFrom('recorded_answers').selectAll().execute()
  const forged = Buffer.from(
    Buffer.from(kept?.content ?? [])
      .toString()
      .replaceAll('acme', 'Acme'),
  )
  const { createHash } = await import('node:crypto')
  const forgedSha = createHash('sha256').update(forged).digest('hex')
  await s.edit((tx) => tx.updateTable('recorded_answers').set({ content: forged }).execute())
  const replayed = await s.value(s.a.analyst, 'run.replay', { id: run })
  assert.equal(replayed.verdict, 'damaged')
  assert.deepEqual(replayed.damaged, [
    { what: 'answer 1 (graph.search)', expected: kept?.sha256, actual: forgedSha },
  ])
  assert.deepEqual([replayed.divergence?.kind, replayed.divergence?.path], ['output', '/name'])
  assert.deepEqual(replayed.differences, [
    { path: '/name', change: 'changed' },
    { path: '/first', change: 'changed' },
  ])

  // Whoever makes the whole recording agree with the change has the log's word against it.
  const [row] = await s.database.read.selectFrom('run_recordings').selectAll().execute()
  const { unpackText, packText } = await import('./pack-text.ts')
  const body = (unpackText(row?.body ?? Buffer.alloc(0), 1e6) ?? '').replaceAll(kept?.sha256 ?? '', forgedSha)
  const bodySha = createHash('sha256').update(body).digest('hex')
  await s.edit(async (tx) => {
    await tx.updateTable('recorded_answers').set({ sha256: forgedSha }).execute()
    await tx.updateTable('recorded_answer_uses').set({ sha256: forgedSha }).execute()
    await tx
      .updateTable('run_recordings')
      .set({ sha256: bodySha, body: await packText(body) })
      .execute()
  })
  const caught = await s.value(s.a.analyst, 'run.replay', { id: run })
  assert.deepEqual(caught.damaged, [{ what: 'the recording itself', expected: row?.sha256, actual: bodySha }])
  assert.deepEqual([caught.verdict, caught.divergence?.kind], ['damaged', 'output'])

  await s.edit((tx) => tx.deleteFrom('recorded_answers').execute())
  const gone = await s.denial(s.a.analyst, 'run.replay', { id: run })
  assert.deepEqual([gone.code, gone.params['what']], ['recording_damaged', 'answer 1 (graph.search)'])
})

test('another version is compared call by call and path by path, without being installed', async (t) => {
  const s = await withGraph(t)
  const version = (number: string, code: string) => ({
    name: 'grows',
    version: number,
    code,
    manifest: graph,
  })
  const one =
    'const found = await api.graph.search({ q: args.q, limit: 2 }); return { hits: found.map((x) => x.name), at: Date.now(), dice: Math.random() }'
  const id = await s.install(s.a, version('1.0.0', one), ['read:graph'])
  await s.add(s.a, version('1.0.1', `/* a comment */ ${one}`))
  await s.add(s.a, version('1.1.0', one.replace('dice: Math.random()', "dice: 'six', 'a/b~': 1")))
  await s.add(s.a, version('2.0.0', one.replace('limit: 2', 'limit: 3')))
  await s.add(
    s.a,
    version('2.1.0', `await api.graph.entity({ id: 'ent_' + '0'.repeat(32) }).catch(() => 0); ${one}`),
  )
  const { run } = await runOf(s, id, { q: 'acme' })
  await s.edit((tx) => tx.updateTable('runs').set({ result: null }).execute())
  const against = (version: string) => s.value(s.a.analyst, 'run.replay', { id: run, against: version })

  // Code that nobody reviewed runs no sooner for being replayed.
  if (s.server.sandbox.level !== 'full') {
    const refused = await s.denial(s.a.analyst, 'run.replay', { id: run, against: '1.0.1' })
    assert.deepEqual([refused.code, refused.params['version']], ['sandbox_level_insufficient', '1.0.1'])
  }
  for (const number of ['1.0.1', '1.1.0', '2.0.0', '2.1.0']) await s.review(s.a, id, number)
  const same = await against('1.0.1')
  assert.deepEqual([same.verdict, same.recordedVersion, same.version], ['same', '1.0.0', '1.0.1'])
  const other = await against('1.1.0')
  assert.deepEqual(
    [other.verdict, other.divergence?.kind, other.divergence?.path],
    ['diverged', 'output', '/dice'],
  )
  assert.deepEqual(other.differences, [
    { path: '/dice', change: 'changed' },
    { path: '/a~1b~0', change: 'added' },
  ])
  const wider = await against('2.0.0')
  assert.deepEqual(
    [wider.verdict, wider.divergence?.kind, wider.divergence?.call, wider.divergence?.method],
    ['diverged', 'arguments', 1, 'graph.search'],
  )
  assert.equal(wider.removedCalls.length, 1)
  assert.equal(wider.addedCalls.length, 1)
  assert.equal(wider.divergence?.expected, wider.removedCalls[0]?.arguments)
  assert.equal(wider.divergence?.actual, wider.addedCalls[0]?.arguments)
  const more = await against('2.1.0')
  assert.deepEqual(
    [more.verdict, more.divergence?.kind, more.divergence?.actual],
    ['diverged', 'method', 'graph.entity'],
  )
  assert.deepEqual([more.addedCalls.map((call) => call.method), more.removedCalls], [['graph.entity'], []])
  // The call that both make got its answer and its clock, so the result is the same.
  assert.deepEqual([more.differences, more.actual.sha256], [[], more.expected.sha256])
  assert.equal(
    (await s.denial(s.a.analyst, 'run.replay', { id: run, against: '9.9.9' })).code,
    'package_unknown',
  )
})

test('what belongs to others is unknown, and whoever may not run may not replay', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { name: 'plain', code: 'return { ok: true }' })
  const { run, receipt } = await runOf(s, id)
  for (const named of [run, receipt, `run_${'0'.repeat(32)}`, `rct_${'0'.repeat(32)}`])
    assert.equal((await s.denial(s.b.analyst, 'run.replay', { id: named })).code, 'run_unknown')
  assert.equal((await s.denial(s.b.admin, 'run.forget_recording', { id: run })).code, 'run_unknown')
  assert.equal((await s.denial(s.a.finops, 'run.replay', { id: run })).code, 'policy_denied')
  assert.equal((await s.denial(s.a.analyst, 'run.forget_recording', { id: run })).code, 'policy_denied')
  assert.equal((await s.value(s.a.admin, 'run.replay', { id: run })).verdict, 'same')
})
