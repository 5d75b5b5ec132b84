import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { clientOf } from '../support/http-client.ts'
import { startServer } from '../support/running-server.ts'
import { buildPackage, testPublisher } from '../support/test-package.ts'

const reference = resolve(import.meta.dirname, '../../docs/reference/metrics.md')

test(
  'what runs did can be read from /metrics, and every metric is in the reference',
  { timeout: 300_000 },
  async () => {
    await using server = await startServer()
    const ask = await clientOf(server)
    const post = async (path: string, body: unknown) => (await ask('POST', path, body)).body
    const manifest = { capabilities: { graph: ['read'], network: false } }
    const code = `
    if (args.way === 'loop') for (;;) {}
    return { ok: true, found: (await api.graph.search({ q: 'acme', limit: 5 })).length }`
    const bytes = await buildPackage({ name: 'probe', code, manifest, budgets: { ms: 60_000, cpuMs: 2_000 } })
    await post('/publishers', { publisher: 'Test publisher', key: testPublisher.publicKeyPem })
    await post('/packages', { content: bytes.toString('base64') })
    await post('/plugins/probe/reviews', { note: 'read' })
    await post('/plugins/probe/install', {})
    const entities = ['a', 'b', 'c'].map((key) => ({ key: `x:${key}`, type: 'thing', name: `acme ${key}` }))
    await post('/graph/imports', { source: { name: 'test', version: '1', licence: 'CC0-1.0' }, entities })
    const run = (way: string) => post('/plugins/probe/runs', { input: { way } })
    assert.equal((await run('')).code, 'CapabilityDenied')
    await post('/plugins/probe/grants', { caps: ['read:graph'] })
    assert.equal((await run('')).result.found, 3)
    assert.equal((await run('loop')).code, 'BudgetExceeded:cpu')
    const { runId } = await post('/plugins/probe/jobs', { input: {} })
    for (;;) {
      const { body } = await ask('GET', `/runs/${runId}`)
      if (body.run.state === 'succeeded') break
      assert.match(body.run.state, /queued|running/)
      await new Promise((resolveLater) => setTimeout(resolveLater, 50))
    }

    const { body: text } = await ask('GET', '/metrics')
    const sample = (name: string): number => {
      const line = (text as string).split('\n').find((candidate) => candidate.startsWith(`${name} `))
      return line === undefined ? assert.fail(`no ${name}`) : Number(line.split(' ').at(-1))
    }
    const { organisation } = (await ask('GET', '/status')).body
    assert.equal(sample('plugin_exec_ms_count{plugin="probe",outcome="succeeded"}'), 2)
    assert.equal(sample('plugin_exec_ms_count{plugin="probe",outcome="CapabilityDenied"}'), 1)
    for (const le of [50, 100, 200, 400, 800, 1600])
      assert.ok(sample(`plugin_exec_ms_bucket{le="${le}",plugin="probe",outcome="succeeded"}`) >= 0)
    assert.equal(sample(`plugin_rows_total{plugin="probe",org="${organisation}"}`), 6)
    assert.equal(sample('plugin_capability_denials_total{scope="read:graph"}'), 1)
    assert.equal(
      ['cpu', 'time'].filter((kind) => text.includes(`plugin_budget_breaches_total{kind="${kind}"} 1`))
        .length,
      1,
    )
    assert.equal(sample('plugin_queue_wait_ms_count'), 1)
    assert.ok(sample('sandbox_runners_started_total') >= 1)
    assert.ok(sample('sandbox_runners{state="all"}') >= 1)
    for (const reason of ['memory', 'unresponsive', 'idle', 'by_itself'])
      assert.ok(sample(`sandbox_runners_ended_total{reason="${reason}"}`) >= 0)
    assert.match(text, /^sandbox_level\{level="(development|reduced|full)"\} 1$/m)

    const exported = [...(text as string).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name)
    const written = await readFile(reference, 'utf8')
    assert.deepEqual(
      exported.filter((name) => !written.includes(`\`${name}\``)),
      [],
      'exported and not in the reference',
    )
    const named = [...written.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, names = '']) =>
      [...names.matchAll(/`([a-z0-9_]+)`/g)].map(([, name]) => name),
    )
    assert.ok(named.length >= 20)
    assert.deepEqual(
      named.filter((name) => !exported.includes(name)),
      [],
      'in the reference and not exported',
    )
  },
)
