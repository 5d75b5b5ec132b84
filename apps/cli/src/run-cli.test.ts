import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { catalogue, fieldsOf, findOperation, gateDenials, deny, problemOf } from '@switchboard/api'
import type { DenialCategory, JsonSchema, OperationSpec } from '@switchboard/api'
import { operationCommands } from './commands.ts'
import { exitCodeByCategory } from './exit-codes.ts'
import { optionName } from './option-name.ts'
import { sharedValueOptions } from './parse-arguments.ts'
import { runCli } from './run-cli.ts'

const receipt = `rct_${'0'.repeat(31)}1`
interface Sent {
  readonly method: string
  readonly url: string
  readonly token: string | null
  readonly key: string | null
  readonly body: unknown
}

/** The command against a server that answers `status` and `body` to everything. */
async function run(
  argv: readonly string[],
  answer: { status?: number; body?: unknown; text?: string } = {},
  world: { env?: Record<string, string>; stdin?: string } = {},
) {
  const sent: Sent[] = []
  const out: string[] = []
  const err: string[] = []
  const fetch = (async (url: URL, init: RequestInit) => {
    const headers = new Headers(init.headers)
    sent.push({
      method: init.method ?? '',
      url: url.toString(),
      token: headers.get('authorization'),
      key: headers.get('idempotency-key'),
      body: init.body === undefined ? undefined : JSON.parse(init.body as string),
    })
    if (answer.text === '(nobody)') throw new TypeError('fetch failed')
    return new Response(answer.text ?? JSON.stringify(answer.body ?? {}), {
      status: answer.status ?? 200,
      headers: { 'switchboard-receipt': `${receipt}; pending`, 'switchboard-cost-micros': '1500' },
    })
  }) as typeof globalThis.fetch
  const code = await runCli(argv, {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    env: { SWITCHBOARD_URL: 'http://127.0.0.1:1', ...world.env },
    fetch,
    stdin: async () => Buffer.from(world.stdin ?? ''),
  })
  return { code, sent, out: out.join(''), err: err.join('') }
}

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'switchboard-cli-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('words become the operation that the catalogue binds, typed by its schema', async () => {
  const { sent, code } = await run(
    [
      'plugin',
      'install',
      'ioc-triage',
      '--caps',
      'read:graph',
      'write:case',
      '--minimal',
      '--idempotency-key=k1',
    ],
    { body: { id: 'ioc-triage' } },
    { env: { SWITCHBOARD_TOKEN: 'tok' } },
  )
  assert.equal(code, 0)
  assert.deepEqual(sent, [
    {
      method: 'POST',
      url: 'http://127.0.0.1:1/plugins/ioc-triage/install',
      token: 'Bearer tok',
      key: 'k1',
      body: { caps: ['read:graph', 'write:case'], minimal: true },
    },
  ])
})

test('a list that comes last takes all words that are left', async () => {
  const { sent } = await run(['plugin', 'grant', 'ioc-triage', 'read:graph', 'write:case'])
  assert.deepEqual(sent[0]?.body, { caps: ['read:graph', 'write:case'] })
})

test('numbers, truths and a key that looks like a number travel as what they are', async () => {
  assert.equal(
    (await run(['plugin', 'list', '--limit', '5', '--no-installed'])).sent[0]?.url,
    'http://127.0.0.1:1/plugins?installed=false&limit=5',
  )
  assert.equal(
    (await run(['data', 'lookup', 'ports', '443'])).sent[0]?.url,
    'http://127.0.0.1:1/data/ports/lookup?key=443',
  )
  assert.equal(
    (await run(['data', 'lookup', 'ports', '"443"'])).sent[0]?.url,
    'http://127.0.0.1:1/data/ports/lookup?key=%22443%22',
  )
})

test('JSON and long text come from the line, from a file or from standard input', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'input.json')
  await writeFile(file, '{"q":"acme"}')
  for (const given of ['{"q":"acme"}', `@${file}`, '-']) {
    const { sent } = await run(
      ['plugin', 'run', 'ioc-triage', '--input', given],
      {},
      { stdin: '{"q":"acme"}' },
    )
    assert.deepEqual(sent[0]?.body, { input: { q: 'acme' } }, given)
  }
  const aCase = `case_${'a'.repeat(32)}`
  assert.deepEqual((await run(['case', 'note', aCase, `@${file}`])).sent[0]?.body, { text: '{"q":"acme"}' })
  assert.deepEqual((await run(['case', 'note', aCase, '@@home'])).sent[0]?.body, { text: '@home' })
})

test('a package is read from its file, and a bundle is written to one', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'a.sbp')
  await writeFile(file, Uint8Array.of(0, 255, 7))
  assert.deepEqual((await run(['plugin', 'add', file])).sent[0]?.body, { content: 'AP8H' })
  const out = join(folder.path, 'case.bundle')
  const exported = await run(['evidence', 'export', '--out', out], { body: { bundle: 'AP8H', receipts: 3 } })
  assert.deepEqual([...(await readFile(out))], [0, 255, 7])
  assert.match(exported.out, /case\.bundle/)
  assert.doesNotMatch(exported.out, /AP8H/)
  assert.equal((await run(['evidence', 'export'])).code, 2)
})

test('--json prints the answer exactly and nothing else', async () => {
  const { out, err } = await run(['plugin', 'list', '--json'], { body: { rows: [] } })
  assert.deepEqual([out, err], ['{"rows":[]}\n', ''])
})

test('people read a table, and the receipt beside it', async () => {
  const row = {
    name: 'ioc-triage',
    version: '1.0.0',
    kind: 'plugin',
    title: 'IOC triage',
    digest: '9'.repeat(64),
    addedAt: 0,
    installed: true,
  }
  const { out, err } = await run(['plugin', 'list'], {
    body: { rows: [row, { ...row, name: 'x', installed: false }] },
  })
  assert.equal(
    out,
    [
      'NAME        VERSION  KIND    TITLE       DIGEST         ADDED                 INSTALLED',
      'ioc-triage  1.0.0    plugin  IOC triage  999999999999…  1970-01-01 00:00:00Z  yes',
      'x           1.0.0    plugin  IOC triage  999999999999…  1970-01-01 00:00:00Z  no',
      '',
    ].join('\n'),
  )
  assert.equal(err, `receipt ${receipt} (pending) · cost 1500 µ\n`)
})

test('text from outside cannot move the cursor of who reads it', async () => {
  const { out } = await run(['case', 'create', 'x'], { body: { title: 'a\u001b[2Jb\u202ec' } })
  assert.match(out, /a\\u001b\[2Jb\\u202ec/)
})

test('a denial says what, what would change it and its receipt, and its category is the exit code', async () => {
  const { denial } = deny(gateDenials, 'CapabilityDenied', {
    capability: 'read:graph',
    package: 'x',
    declared: true,
  })
  const body = problemOf(denial, receipt)
  const refused = await run(['plugin', 'run', 'x'], { status: 403, body })
  assert.deepEqual(
    [refused.code, refused.err],
    [
      11,
      `x was not granted read:graph. (CapabilityDenied)\nAn administrator can grant it: switchboard plugin grant x read:graph\nreceipt ${receipt}\n`,
    ],
  )
  const json = await run(['plugin', 'run', 'x', '--json'], { status: 403, body })
  assert.deepEqual(JSON.parse(json.err), { ...denial, receiptId: receipt })
})

test('a replay ends in a code of its own when it left its recording, or when that is no longer what was recorded', async () => {
  const aReceipt = `rct_${'a'.repeat(32)}`
  for (const [verdict, code] of [
    ['same', 0],
    ['same_until_stop', 0],
    ['diverged', 4],
    ['damaged', 5],
  ] as const) {
    const replayed = await run(['replay', aReceipt, '--against', '2.0.0', '--json'], { body: { verdict } })
    assert.deepEqual([replayed.code, JSON.parse(replayed.out)], [code, { verdict }])
    assert.deepEqual(replayed.sent[0]?.body, { against: '2.0.0' })
  }
})

test('every category of denial has an exit code of its own', async () => {
  const codes = Object.values(exitCodeByCategory)
  assert.equal(new Set(codes).size, codes.length)
  for (const [category, code] of Object.entries(exitCodeByCategory)) {
    const body = {
      code: 'some_code',
      category: category as DenialCategory,
      params: {},
      message: 'm',
      change: 'c',
      type: '',
      title: '',
      status: 400,
    }
    assert.equal((await run(['whoami'], { status: 400, body })).code, code)
  }
})

test('what cannot be understood ends as 2 and names the part', async () => {
  const lines: readonly [readonly string[], RegExp][] = [
    [['plugin', 'explode'], /no command "plugin explode"/],
    [['plugin', 'list', '--bogus'], /no option --bogus/],
    [['plugin', 'list', '--limit'], /--limit wants a value/],
    [['plugin', 'list', '--limit', '1', '--limit', '2'], /given twice/],
    [['plugin', 'grant', 'x'], /Missing: CAPS/],
    [['plugin', 'install', 'x', 'y'], /"y" is one word too many/],
    [['plugin', 'run', 'x', '--input', '{q'], /input wants JSON/],
    [['plugin', 'add', '/does/not/exist.sbp'], /cannot be read/],
    [['whoami', '--url', 'ftp://x'], /not an http address/],
  ]
  for (const [argv, message] of lines) {
    const { code, err, sent } = await run(argv)
    assert.equal(code, 2, argv.join(' '))
    assert.match(err, message)
    assert.equal(sent.length, 0)
  }
})

test('a server that fails, answers no JSON or does not answer ends as 3', async () => {
  const failed = { status: 503, body: { code: 'store_unavailable', title: 'The server failed.' } }
  for (const [answer, code] of [
    [failed, 'store_unavailable'],
    [{ text: '<html>' }, 'not_an_answer'],
    [{ text: '(nobody)' }, 'unreachable'],
  ] as const) {
    const ended = await run(['whoami'], answer)
    assert.equal(ended.code, 3)
    assert.match(ended.err, new RegExp(`\\(${code}\\)`))
  }
})

test('cli.json of the data folder says where and who, and its token goes to no other server', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'cli.json'), JSON.stringify({ url: 'http://127.0.0.1:7', token: 'kept' }))
  await chmod(join(folder.path, 'cli.json'), 0o600)
  const env = { SWITCHBOARD_DATA: folder.path }
  const kept = await run(['whoami', '--url', 'http://127.0.0.1:7'], {}, { env })
  assert.equal(kept.sent[0]?.token, 'Bearer kept')
  const other = await run(['whoami'], {}, { env })
  assert.deepEqual([other.sent[0]?.url, other.sent[0]?.token], ['http://127.0.0.1:1/me', null])
})

test('every bound operation has help that names each of its fields', async () => {
  for (const [name, command] of operationCommands) {
    const { out, code, sent } = await run([...name.split(' '), '--help'])
    assert.equal(code, 0, name)
    assert.equal(sent.length, 0, name)
    for (const field of fieldsOf(command.input)) {
      const shown =
        command.cli.positional?.includes(field.name) === true
          ? field.name.toUpperCase()
          : `--${optionName(field.name)}`
      assert.ok(out.includes(shown), `${name} ${shown}`)
    }
  }
  const { out } = await run(['plugin', '--help'])
  assert.match(out, /plugin install ID/)
  assert.doesNotMatch(out, /case create/)
})

test('no field of the catalogue hides an option that every command has, and every binding names fields that exist', () => {
  for (const spec of catalogue as readonly OperationSpec[]) {
    const names = fieldsOf(spec.input as JsonSchema).map((field) => field.name)
    const taken = ['help', 'json', 'out', ...sharedValueOptions] as readonly string[]
    // What is no command has no options.
    if (spec.cli === undefined) continue
    assert.deepEqual(
      names.filter((name) => taken.includes(optionName(name))),
      [],
      spec.name,
    )
    const { positional = [], files = [], secrets = [] } = spec.cli
    assert.deepEqual(secrets, spec.secretInput ?? [], `${spec.name}: a secret is never typed`)
    for (const name of [...positional, ...files, ...secrets])
      assert.ok(names.includes(name), `${spec.name} ${name}`)
  }
  assert.ok(findOperation('plugin.run'))
})

test('a secret comes from standard input or a file, and is refused as it is typed', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'key.txt')
  await writeFile(file, 'from-the-file-1\r\n')
  const command = ['secret', 'set', 'probe', 'api-key', '--hosts', 'api.example.org']
  const value = async (argv: readonly string[], stdin = '') => {
    const { sent } = await run([...command, ...argv], {}, { stdin })
    return (sent[0]?.body as { value: string } | undefined)?.value
  }
  assert.equal(await value([], 'from-standard-input\n'), 'from-standard-input')
  assert.equal(await value(['--value', '-'], 'with spaces \n\n'), 'with spaces \n')
  assert.equal(await value(['--value', `@${file}`]), 'from-the-file-1')
  const typed = await run([...command, '--value', 'hunter2hunter2'])
  assert.deepEqual([typed.code, typed.sent], [2, []])
  assert.doesNotMatch(typed.err, /hunter2/)
  const { out } = await run(['secret', 'set', '--help'])
  assert.match(out, /--value @FILE\|-/)
  assert.doesNotMatch(out, /idempotency-key/)
})
