import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { demoMail } from '../../apps/server/src/demo/index.ts'
import { openTestSandbox, refuse } from '../../apps/server/src/sandbox/testing/open-test-sandbox.ts'
import { sampleManifest } from './load-sample.ts'

interface Budgets {
  readonly ms: number
  readonly memoryMB: number
  readonly cpuMs?: number
  readonly calls?: number
  readonly outputBytes?: number
}

type Answer = NonNullable<
  NonNullable<Parameters<Awaited<ReturnType<typeof openTestSandbox>>['run']>[1]>['onCall']
>

const methods = [
  'graph.search',
  'graph.neighbours',
  'cases.read',
  'cases.addEntities',
  'data.lookup',
  'data.range',
  'nl2cypher',
]

/** Runs a sample as shipped, with the budgets of its manifest, or with another than its time, in a real sandbox. */
async function runSample(name: string, args: unknown, onCall: Answer, wallMs?: number) {
  const folder = new URL(`../../samples/plugins/${name}/`, import.meta.url)
  const names = readdirSync(folder).filter((file) => /\.(?:m?js|json)$/.test(file))
  const files = Object.fromEntries(names.map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]))
  const { entry, budgets } = sampleManifest(name)
  const { ms, rows: _, ...rest } = budgets as Budgets & { rows: number }
  await using sandbox = await openTestSandbox()
  return await sandbox.run(files, {
    entry,
    args,
    methods,
    budgets: { wallMs: wallMs ?? ms, ...rest },
    onCall,
  })
}

test('ioc-triage reads the demo mail in the sandbox, within its own budgets', async () => {
  const notes = [{ id: 'note_1', text: demoMail.text }]
  const report = await runSample('ioc-triage', { case: 'case_1' }, async () => {
    return { ok: true, value: { id: 'case_1', title: 't', tlp: 'GREEN', notes } }
  })
  assert.equal(report.end, 'returned', JSON.stringify(report))
  assert.ok(report.end === 'returned')
  const { counts } = report.value as { counts: Record<string, number> }
  assert.ok((counts['ipv4'] ?? 0) > 3 && (counts['url'] ?? 0) > 1)
})

test('hostile-escape reaches nothing', async () => {
  const report = await runSample('hostile-escape', {}, async ({ method }) => {
    return method === 'graph.search' ? { ok: true, value: [] } : refuse('CapabilityDenied')
  })
  assert.ok(report.end === 'returned', JSON.stringify(report))
  const { attempts, reached } = report.value as { attempts: unknown[]; reached: string[] }
  assert.deepEqual(reached, [])
  assert.ok(attempts.length > 30)
})

test('hostile-exhaust ends as its README says, whatever it uses up', async () => {
  const ends: [string, string][] = [
    ['memory', 'exceeded memory'],
    ['array-buffer', 'exceeded memory'],
    ['calls', 'exceeded calls'],
    ['flood', 'exceeded calls'],
    ['output', 'exceeded output'],
    ['cyclic', 'result_invalid cyclic'],
    ['not-json', 'result_invalid not_json'],
    ['recursion', 'threw RangeError'],
    ['throw-denial', 'threw Error'],
    ['throw-odd', 'exceeded cpu'],
  ]
  for (const [way, wanted] of ends) {
    // Its second would end the others on a busy machine, before the budget that is asked for.
    const answer: Answer = async () => ({ ok: true, value: [] })
    const report = await runSample('hostile-exhaust', { way }, answer, 60_000)
    const detail =
      report.end === 'exceeded'
        ? report.budget
        : report.end === 'result_invalid'
          ? report.reason
          : report.end === 'threw'
            ? report.error.name
            : ''
    assert.equal(`${report.end} ${detail}`, wanted, way)
    if (report.end === 'threw') assert.equal(report.refusedCall, undefined)
  }
})
