import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runCommand } from '../../../../tests/support/command.ts'
import { within } from '../../../../tests/support/running-server.ts'
import type { CliIo } from '../cli-io.ts'
import { devCommand } from './dev.ts'
import { packCommand } from './pack.ts'
import { testCommand } from './test.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const compiler = fileURLToPath(new URL('../../../../node_modules/typescript/bin/tsc', import.meta.url))

async function temporary() {
  const path = await mkdtemp(join(tmpdir(), 'switchboard-author-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const manifest = {
  name: 'probe',
  version: '1.0.0',
  entry: 'index.js',
  capabilities: { graph: ['read'], network: false },
  budgets: { ms: 5000, memoryMB: 32, rows: 10, calls: 20 },
  permissions: [],
}
const world = {
  graph: {
    source: { name: 's', version: '1', licence: 'CC0-1.0' },
    entities: Array.from({ length: 12 }, (_, i) => ({
      key: `host:${i}`,
      type: 'host',
      name: `acme host ${i}`,
    })),
  },
}

async function write(folder: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(
      join(folder, path),
      typeof content === 'string' ? content : (JSON.stringify(content) ?? ''),
    )
  }
}

async function plugin(files: Readonly<Record<string, unknown>>) {
  const folder = await temporary()
  await write(folder.path, { 'manifest.json': manifest, 'fixtures/world.json': world, ...files })
  return folder
}

/** Runs a command in this process; the level is the weakest, because it is not what these tests are about. */
async function inProcess(
  command: (argv: readonly string[], io: CliIo) => Promise<number>,
  ...argv: readonly string[]
) {
  let out = ''
  let err = ''
  const code = await command(argv, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    env: { SWITCHBOARD_SANDBOX: 'development' },
    fetch,
    stdin: async () => new Uint8Array(),
  })
  return { code, out, err }
}

for (const template of ['javascript', 'typescript']) {
  test(`a new ${template} plugin runs, passes its own tests, type-checks and packs`, async () => {
    await using work = await temporary()
    const made = await runCommand(['plugin', 'init', 'hello', '--template', template], { folder: work.path })
    assert.equal(made.code, 0, made.err)
    const folder = join(work.path, 'hello')
    const tested = await inProcess(testCommand, folder)
    assert.equal(tested.code, 0, tested.out + tested.err)
    assert.match(tested.out, /3 passed, 0 failed/)
    const ran = await inProcess(devCommand, folder, '--once', '--json')
    assert.equal(ran.code, 0, ran.err)
    assert.deepEqual(JSON.parse(ran.out).result.found.length, 2)
    const packed = await inProcess(packCommand, folder, '--out', join(work.path, 'out'), '--json')
    assert.equal(packed.code, 0, packed.err)
    const { skipped } = JSON.parse(packed.out)
    for (const path of ['tests', 'fixtures', 'input.json', 'switchboard.d.ts', 'manifest.schema.json'])
      assert.ok(skipped.includes(path), path)

    const check =
      template === 'typescript'
        ? ['-p', folder]
        : [
            '--noEmit',
            '--checkJs',
            '--allowJs',
            '--strict',
            '--target',
            'es2023',
            '--lib',
            'es2023',
            '--module',
            'esnext',
            '--moduleResolution',
            'bundler',
            '--types',
            '',
            join(folder, 'src/index.js'),
            join(folder, 'switchboard.d.ts'),
          ]
    const run = promisify(execFile)
    await run(process.execPath, [compiler, ...check], { cwd: folder }).catch((error: { stdout?: string }) =>
      assert.fail(error.stdout ?? 'tsc failed'),
    )
    const source = join(folder, template === 'typescript' ? 'src/index.ts' : 'src/index.js')
    await writeFile(source, (await readFile(source, 'utf8')).replace('api.graph.search', 'api.graph.serach'))
    await assert.rejects(run(process.execPath, [compiler, ...check], { cwd: folder }), { stdout: /serach/ })
  })
}

test('init overwrites nothing, and refuses a name that no manifest may have', async () => {
  await using work = await temporary()
  const init = (...args: string[]) => runCommand(['plugin', 'init', ...args], { folder: work.path })
  await write(work.path, { 'mine/notes.txt': 'keep' })
  const taken = await init('mine')
  assert.equal(taken.code, 1)
  assert.match(taken.err, /EEXIST/)
  assert.deepEqual(await readdir(join(work.path, 'mine')), ['notes.txt'])
  for (const name of ['Upper', '../up', 'a_b', '', 'a'.repeat(65)]) {
    const refused = await init(name)
    assert.equal(refused.code, 1, name)
    assert.match(refused.err, /manifest\.json#\/name: .*Lower-case letters, digits and dashes/, name)
  }
  assert.equal((await init()).code, 2)
  assert.equal((await init('fine', '--template', 'cobol')).code, 2)
  assert.deepEqual(await readdir(work.path), ['mine'])
})

test('dev shows calls with their decisions, the log masked, budgets, warnings, and the level', async () => {
  await using made = await plugin({
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
  await using made = await plugin({
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
  await using made = await plugin({
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
    await using made = await plugin({ 'index.js': 'exports.run = async () => ({ version: "first" })\n' })
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, 'plugin', 'dev', made.path],
      {
        env: { PATH: process.env['PATH'] ?? '', SWITCHBOARD_SANDBOX: 'development' },
      },
    )
    let said = ''
    const waiting = new Set<() => void>()
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
        for (const look of waiting) look()
      })
    }
    const says = async (pattern: RegExp) => {
      await within(
        new Promise<void>((resolve) => {
          const look = () => {
            if (!pattern.test(said)) return
            waiting.delete(look)
            said = ''
            resolve()
          }
          waiting.add(look)
          look()
        }),
        20,
        `dev did not say ${pattern}: ${said}`,
      )
    }
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    try {
      await says(/"first"[\s\S]*Waiting for a change/)
      await writeFile(join(made.path, 'index.js'), 'exports.run = async ( => 1\n')
      await says(/index\.js: The entry cannot be loaded\. SyntaxError[\s\S]*Waiting/)
      await writeFile(join(made.path, 'index.js'), 'exports.run = async () => ({ version: "second" })\n')
      await says(/index\.js changed[\s\S]*"second"[\s\S]*Waiting/)
      await writeFile(join(made.path, 'manifest.json'), '{')
      await says(/manifest\.json#: .*manifest_invalid[\s\S]*Waiting/)
      child.kill('SIGINT')
      assert.equal(await ended, 0)
    } finally {
      child.kill('SIGKILL')
    }
  },
)

test('tests compare results, denials and calls, show the difference, repeat exactly, and can be written anew', async () => {
  await using made = await plugin({
    'index.js': `exports.run = async ({ q }, api) => {
      const before = Date.now()
      const [hit] = await api.graph.search({ q, limit: 1 })
      return { key: hit?.key, random: Math.random(), at: before, later: Date.now() - before }
    }\n`,
    'tests/a-right.json': {
      input: { q: 'host 7' },
      expect: { result: { key: 'host:7', random: 0, at: 0, later: 0 } },
    },
    'tests/b-denied.json': {
      about: 'is denied',
      grants: [],
      input: { q: 'x' },
      expect: { denial: 'CapabilityDenied', calls: ['graph.search denied'] },
    },
    'tests/c-wrong.json': {
      input: { q: 'host 7' },
      now: '2030-01-01T00:00:00Z',
      world: {},
      expect: { denial: 'plugin_threw' },
    },
  })
  const first = await inProcess(testCommand, made.path, '--json')
  assert.equal(first.code, 1)
  const { passed, failed, tests } = JSON.parse(first.out)
  assert.deepEqual([passed, failed], [1, 2])
  assert.deepEqual(tests[0].differences.length, 3)
  assert.match(tests[0].differences[1], /^\/at: expected 0, got 1767225600000$/)
  assert.match(
    tests[2].differences[0],
    /^expected the denial plugin_threw, got the result \{"random":0\.\d+,"at":1893456000000/,
  )
  assert.match(
    (await inProcess(testCommand, made.path)).out,
    /FAIL {2}a-right\.json[\s\S]*1 passed, 2 failed/,
  )

  const updated = await inProcess(testCommand, made.path, '--update')
  assert.equal(updated.code, 0, updated.out)
  for (let i = 0; i < 3; i += 1) {
    const again = await inProcess(testCommand, made.path)
    assert.match(again.out, /3 passed, 0 failed at/)
  }
})

test('a test that says something unknown, and a world that contradicts itself, are refused by name', async () => {
  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    [
      'tests/t.json',
      { expect: { result: 1 }, inptu: {} },
      /tests\/t\.json#: It names inptu, which means nothing here\. Known: about, input/,
    ],
    ['tests/t.json', { input: {} }, /tests\/t\.json#: It must have required properties expect/],
    ['tests/t.json', { grants: ['write:graph'], expect: { result: 1 } }, /does not name write:graph/],
    ['tests/t.json', { now: 'soon', expect: { result: 1 } }, /tests\/t\.json#\/now: It is no instant/],
    ['tests/t.json', '{', /It is not JSON/],
    [
      'fixtures/w.json',
      { graf: {} },
      /fixtures\/w\.json#: It names graf.* Known: graph, cases, tables, answers/,
    ],
    [
      'fixtures/w.json',
      {
        graph: {
          source: { name: 's', version: '1', licence: 'x' },
          entities: [],
          relations: [{ from: 'a', to: 'b', type: 't' }],
        },
      },
      /No entity has the key a/,
    ],
    [
      'fixtures/w.json',
      {
        tables: [
          {
            name: 't',
            columns: [{ name: 'n', type: 'integer' }],
            key: { kind: 'exact', column: 'n' },
            rows: [['x']],
          },
        ],
      },
      /tables\/t\/rows\/0/,
    ],
  ]
  for (const [path, content, message] of wrong) {
    await using made = await plugin({
      'index.js': 'exports.run = async () => 1\n',
      'tests/fine.json': { expect: { result: 1 } },
      [path]: content,
    })
    const { code, err } = await inProcess(testCommand, made.path)
    assert.deepEqual([code, message.test(err)], [1, true], `${path}: ${err}`)
  }
  await using none = await plugin({ 'index.js': 'exports.run = async () => 1\n' })
  assert.match((await inProcess(testCommand, none.path)).err, /There is no test: write tests\/NAME\.json/)
})

const budgets = manifest.budgets
const bad: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  [
    'the entry is missing',
    { 'manifest.json': { ...manifest, entry: 'gone.js' } },
    /^gone\.js: .*no file of the folder.*Name an existing .*\(entry_missing\)/,
  ],
  [
    'the entry is no module',
    { 'index.js': 'this is not JavaScript\n' },
    /^index\.js: The entry cannot be loaded\. SyntaxError: .*\(entry_throws\)/,
  ],
  [
    'the entry throws when it is loaded',
    { 'index.js': 'const a = 1\nnull.x\n' },
    /^index\.js: .*TypeError: .*index\.js:2:\d+.*\(entry_throws\)/,
  ],
  [
    'an ES module throws when it is loaded',
    { 'index.js': 'export const a = 1\nnull.x\n' },
    /^index\.js: .*TypeError: .*\(entry_throws\)/,
  ],
  [
    'the entry exports no run',
    { 'index.js': 'exports.start = async () => 1\n' },
    /^index\.js: .*no function named run\. Its run is undefined\. Write: exports\.run = .*\(run_missing\)/,
  ],
  [
    'an ES module exports a run that is no function',
    { 'index.js': 'export const run = 1\n' },
    /^index\.js: .*Its run is number\. Write: export async function run.*\(run_missing\)/,
  ],
  [
    'the entry never ends loading',
    { 'manifest.json': { ...manifest, budgets: { ...budgets, ms: 200 } }, 'index.js': 'for (;;) {}\n' },
    /^index\.js: .*Loading it used \d+ of 200 (time|cpu): do the work inside run/,
  ],
  [
    'the entry imports a module of Node',
    { 'index.js': "const fs = require('node:fs')\n" },
    /^index\.js: .*node:fs.*There are no files at run time.*\(entry_throws\)/,
  ],
  [
    'a capability is unknown',
    { 'manifest.json': { ...manifest, capabilities: { files: ['read'] } } },
    /^manifest\.json#\/capabilities\/files: .*There is no such name here; there are graph, .*\(manifest_invalid\)/,
  ],
  [
    'capabilities contradict each other',
    { 'manifest.json': { ...manifest, optionalCapabilities: { graph: ['read'] } } },
    /^manifest\.json#\/optionalCapabilities: .*graph: read is required already; name it in one place/,
  ],
  [
    'the whole network is asked for',
    { 'manifest.json': { ...manifest, capabilities: { network: true } } },
    /^manifest\.json#\/capabilities\/network: .*"net": \["api\.example\.org"\].*\(network_unrestricted\)/,
  ],
  [
    'a budget is zero',
    { 'manifest.json': { ...manifest, budgets: { ...budgets, ms: 0 } } },
    /^manifest\.json#\/budgets\/ms: .*whole number from 1 to 3600000/,
  ],
  [
    'a budget is negative',
    { 'manifest.json': { ...manifest, budgets: { ...budgets, rows: -1 } } },
    /^manifest\.json#\/budgets\/rows: .*whole number from 0 to/,
  ],
  [
    'a budget is absurd',
    { 'manifest.json': { ...manifest, budgets: { ...budgets, memoryMB: 1e9 } } },
    /^manifest\.json#\/budgets\/memoryMB: .*whole number from 8 to/,
  ],
  [
    'there is no manifest',
    { 'manifest.json': undefined },
    /^manifest\.json: The folder has no manifest\.json/,
  ],
]
for (const [what, files, message] of bad) {
  test(`dev, test and pack say the same when ${what}`, async () => {
    await using made = await plugin({
      'index.js': 'exports.run = async () => 1\n',
      'tests/t.json': { expect: { result: 1 } },
      ...files,
    })
    if ('manifest.json' in files && files['manifest.json'] === undefined)
      await rm(join(made.path, 'manifest.json'))
    const said = [
      await inProcess(devCommand, made.path, '--once'),
      await inProcess(testCommand, made.path),
      await inProcess(packCommand, made.path, '--out', join(made.path, '.out')),
    ]
    for (const { code, err } of said) {
      assert.equal(code, 1)
      assert.match(err, message)
    }
    assert.equal(
      new Set(said.map(({ err }) => err.replaceAll(/\d+ of/g, 'N of').replace('time', 'cpu'))).size,
      1,
    )
    assert.deepEqual(await readdir(join(made.path, '.out')).catch(() => []), [])
  })
}
