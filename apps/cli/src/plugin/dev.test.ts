import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { outputOf } from '../../../../tests/support/output-of.ts'
import { devCommand } from './dev.ts'
import { inProcess, manifest, pluginFolder } from './testing/author-folder.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

test('dev shows calls with their decisions, the log masked, budgets, warnings, and the level', async () => {
  await using made = await pluginFolder({
    'fixtures/cases.json': { cases: [{ id: `case_${'1'.repeat(32)}`, title: 'One' }] },
    'index.js': `exports.run = async ({ q }, api) => {
      console.log('mail a@example.org')
      const hits = await api.graph.search({ q, limit: 9 })
      const refused = await api.cases.read({ id: 'case_${'1'.repeat(32)}' }).catch(({ code }) => code)
      return { hits: hits.length, refused }
    }\n`,
  })
  const { code, out } = await inProcess(devCommand, made.path, '--once', '--json', '--input', '{"q":"acme"}')
  const run = JSON.parse(out)
  assert.equal(code, 0)
  assert.deepEqual(run.result, { hits: 9, refused: 'CapabilityDenied' })
  assert.deepEqual(
    run.calls.map((call: { method: string; decision: string; rows: number }) => [
      call.method,
      call.decision,
      call.rows,
    ]),
    [
      ['graph.search', 'allowed', 9],
      ['cases.read', 'denied', 0],
    ],
  )
  assert.match(run.calls[1].denial.change, /does not name read:case in its manifest/)
  assert.deepEqual(
    run.log.map((line: { text: string }) => line.text),
    ['mail [email cut]'],
  )
  const rows = run.budgets.find((one: { budget: string }) => one.budget === 'rows')
  assert.deepEqual([rows.used, rows.allowed], [9, 10])
  assert.deepEqual(run.warnings, ['rows: 9 of 10 rows used, 90 %'])
  assert.equal(run.level, 'development')
})

test('a throw tells its author what to change, and sends nobody to the log of a server', async () => {
  await using made = await pluginFolder({
    'manifest.json': manifest,
    'index.js': "exports.run = async () => { throw new Error('no such row') }\n",
  })
  const { code, out } = await inProcess(devCommand, made.path, '--once')
  assert.equal(code, 1)
  assert.match(out, /plugin_threw\n.*no such row[^]*Change the code or the input/)
  assert.doesNotMatch(out, /switchboard run log/)
})

test('what was not granted, does not fit the budget or the schemas, or is another case is denied as on a server', async () => {
  const schemas = {
    input: { type: 'object', required: ['q'] },
    output: { type: 'object', properties: { ok: { type: 'boolean' } } },
  }
  await using made = await pluginFolder({
    'manifest.json': { ...manifest, ...schemas, capabilities: { graph: ['read'], cases: ['read'] } },
    'fixtures/cases.json': { cases: [{ id: `case_${'1'.repeat(32)}`, title: 'One', notes: ['note'] }] },
    'index.js': `exports.run = async ({ q, other, limit = 1, ok = true }, api) => {
      const hits = await api.graph.search({ q, limit })
      if (other) return { text: (await api.cases.read({ id: other })).notes[0].text }
      return { ok, hits: hits.length }
    }\n`,
  })
  const [one, two] = [`case_${'1'.repeat(32)}`, `case_${'2'.repeat(32)}`]
  const dev = async (input: object, ...options: string[]) => {
    const { code, out, err } = await inProcess(
      devCommand,
      made.path,
      '--once',
      '--json',
      '--input',
      JSON.stringify(input),
      ...options,
    )
    const run = out === '' ? { error: err } : JSON.parse(out)
    return [code, run.ok === true ? run.result : (run.denial?.code ?? run.error)]
  }
  const q = 'acme'
  assert.deepEqual(await dev({ q }), [0, { ok: true, hits: 1 }])
  assert.deepEqual(await dev({ q }, '--grant', 'none'), [1, 'CapabilityDenied'])
  assert.deepEqual(await dev({ q, other: one }, '--case', one), [0, { text: 'note' }])
  assert.deepEqual(await dev({ q, other: one, case: one }), [0, { text: 'note' }])
  // The refusal escaped from run: its code is told, as a throw of the plugin.
  assert.deepEqual(await dev({ q, other: one }, '--case', two), [1, 'plugin_threw'])
  assert.deepEqual(await dev({ q, other: one }, '--case', one, '--grant', 'read:graph'), [
    1,
    'CapabilityDenied',
  ])
  assert.deepEqual(await dev({ q, limit: 11 }), [1, 'BudgetExceeded:rows'])
  assert.deepEqual(await dev({ q, ok: 'yes' }), [1, 'result_invalid'])
  assert.deepEqual(await dev({}), [1, 'plugin_input_invalid'])
  const [code, error] = await dev({ q }, '--grant', 'write:case')
  assert.equal(code, 2)
  assert.match(String(error), /does not name write:case, so it can never be granted/)
})

test(
  'dev runs again when a file changes, says what is wrong meanwhile, and ends on a signal',
  { timeout: 60_000 },
  async () => {
    await using made = await pluginFolder({
      'index.js': 'exports.run = async () => ({ version: "first" })\n',
    })
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, 'plugin', 'dev', made.path],
      {
        env: { PATH: process.env['PATH'] ?? '', SWITCHBOARD_SANDBOX: 'development' },
      },
    )
    const output = outputOf(child)
    const says = (pattern: RegExp) => output.says('stdout', pattern, 20)
    const complains = (pattern: RegExp) => output.says('stderr', pattern, 20)
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    try {
      await says(/"first"[\s\S]*Waiting for a change/)
      await writeFile(join(made.path, 'index.js'), 'exports.run = async ( => 1\n')
      await complains(/index\.js: The entry cannot be loaded\. SyntaxError/)
      await says(/index\.js changed\nWaiting/)
      await writeFile(join(made.path, 'index.js'), 'exports.run = async () => ({ version: "second" })\n')
      await says(/index\.js changed[\s\S]*"second"[\s\S]*Waiting/)
      await writeFile(join(made.path, 'manifest.json'), '{')
      await complains(/manifest\.json#: .*manifest_invalid/)
      await says(/manifest\.json changed\nWaiting/)
      child.kill('SIGINT')
      assert.equal(await ended, 0)
    } finally {
      child.kill('SIGKILL')
    }
  },
)
