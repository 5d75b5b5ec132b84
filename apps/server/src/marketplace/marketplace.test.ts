import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { generatePublisherKey } from '@switchboard/plugin-sdk'
import { buildPackage, dataPackage, testPublisher } from '../../../../tests/support/test-package.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../tests/support/test-server.ts'

const graph = { capabilities: { graph: ['read'], network: false }, optionalCapabilities: { cases: ['read'] } }

async function addition(s: TestServer, bytes: Buffer) {
  const { outcome } = await s.ask(s.a.admin, 'package.add', { content: bytes.toString('base64') })
  return outcome.ok ? { code: 'ok', params: {} as Readonly<Record<string, unknown>> } : outcome.denial
}

async function filesOf(s: TestServer): Promise<readonly string[]> {
  return await readdir(join(s.folder, 'packages'), { recursive: true }).catch(() => [])
}

test('what does not verify is refused with its reason, and nothing of it is kept', async (t) => {
  const s = await createTestServer(t)
  const good = await buildPackage({})
  const altered = Buffer.from(good)
  altered[good.length >> 1] = (altered[good.length >> 1] ?? 0) ^ 1
  const refused: [string, Buffer][] = [
    ['package_refused', Buffer.alloc(0)],
    ['package_refused', Buffer.from('not a package')],
    ['package_refused', altered],
    ['package_refused', good.subarray(0, good.length - 30)],
    ['signer_unknown', await buildPackage({ signedBy: generatePublisherKey() })],
  ]
  for (const [code, bytes] of refused) assert.equal((await addition(s, bytes)).code, code)
  assert.deepEqual(await s.value(s.a.admin, 'plugin.list', {}), { rows: [] })
  assert.deepEqual(await filesOf(s), [])
  const decisions = (await s.receipts({ operation: 'package.add' })).map((receipt) => receipt.decision)
  assert.deepEqual(
    decisions,
    refused.map(() => 'denied'),
  )
})

test('a published version never changes, the same bytes twice are one package, and a name stays with its publisher', async (t) => {
  const s = await createTestServer(t)
  const first = await buildPackage({ code: 'return 1' })
  assert.equal((await addition(s, first)).code, 'ok')
  assert.equal((await addition(s, first)).code, 'ok')
  assert.equal((await addition(s, await buildPackage({ code: 'return 2' }))).code, 'version_taken')
  const rival = generatePublisherKey()
  await s.value(s.a.admin, 'publisher.trust', { publisher: 'Rival', key: rival.publicKeyPem })
  const stolen = await addition(s, await buildPackage({ version: '2.0.0', signedBy: rival }))
  assert.deepEqual([stolen.code, stolen.params['publisher']], ['publisher_changed', 'Test publisher'])
  assert.deepEqual((await s.value(s.a.admin, 'plugin.detail', { id: 'probe' })).versions, ['1.0.0'])
})

test('an older release that is added later is not what an install takes', async (t) => {
  const s = await createTestServer(t)
  for (const version of ['1.10.0', '1.9.0', '1.10.0-rc.1']) {
    assert.equal((await addition(s, await buildPackage({ version }))).code, 'ok')
  }
  assert.equal((await s.value(s.a.admin, 'plugin.install', { id: 'probe' })).version, '1.10.0')
})

test('two additions of one version at once leave one package', async (t) => {
  const s = await createTestServer(t)
  const versions = await Promise.all(['return 1', 'return 2'].map((code) => buildPackage({ code })))
  const codes = (await Promise.all(versions.map((bytes) => addition(s, bytes)))).map((answer) => answer.code)
  assert.deepEqual(codes.toSorted(), ['ok', 'version_taken'])
})

test('a publisher key is pinned once, as what it is, whatever its spelling', async (t) => {
  const s = await createTestServer(t)
  const trust = async (publisher: string, key: string): Promise<string> => {
    const { outcome } = await s.ask(s.a.admin, 'publisher.trust', { publisher, key })
    return outcome.ok ? 'ok' : outcome.denial.code
  }
  const { publicKeyPem, privateKeyPem } = generatePublisherKey()
  assert.equal(await trust('New', publicKeyPem), 'ok')
  assert.equal(await trust('Newer', `\n${publicKeyPem}\n`), 'publisher_exists')
  assert.equal(await trust('Test publisher', generatePublisherKey().publicKeyPem), 'publisher_exists')
  for (const bad of [
    '',
    'no key',
    publicKeyPem.slice(0, 60),
    '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
  ]) {
    assert.equal(await trust('Bad', bad), 'key_invalid')
  }
  assert.equal(await trust('Leaked', privateKeyPem), 'key_invalid')
  assert.equal((await s.value(s.a.admin, 'publisher.list', {})).rows.length, 2)
})

test('installing pins a version and grants only what was said', async (t) => {
  const s = await createTestServer(t)
  for (const version of ['1.0.0', '1.1.0']) await s.add(s.a, { version, manifest: graph })
  assert.equal((await s.denial(s.a.admin, 'plugin.install', { id: 'nothing' })).code, 'package_unknown')
  assert.equal(
    (await s.denial(s.a.admin, 'plugin.install', { id: 'probe', version: '9.9.9' })).code,
    'package_unknown',
  )
  const wide = await s.denial(s.a.admin, 'plugin.install', { id: 'probe', caps: ['write:graph'] })
  assert.deepEqual([wide.code, wide.params['capability']], ['capability_undeclared', 'write:graph'])
  const installed = await s.value(s.a.admin, 'plugin.install', { id: 'probe', version: '1.0.0' })
  assert.deepEqual(
    [installed.version, installed.granted, installed.capabilities],
    ['1.0.0', [], ['read:graph', 'read:case']],
  )
  const again = await s.denial(s.a.admin, 'plugin.install', { id: 'probe' })
  assert.deepEqual([again.code, again.params['version']], ['already_installed', '1.0.0'])
  await s.value(s.a.admin, 'plugin.uninstall', { id: 'probe' })
  const minimal = await s.value(s.a.admin, 'plugin.install', { id: 'probe', minimal: true })
  assert.deepEqual([minimal.version, minimal.granted], ['1.1.0', ['read:graph']])
})

test('the same installation twice at once happens once', async (t) => {
  const s = await createTestServer(t)
  await s.add(s.a, {})
  const answers = await Promise.all([1, 2, 3].map(() => s.ask(s.a.admin, 'plugin.install', { id: 'probe' })))
  const codes = answers.map(({ outcome }) => (outcome.ok ? 'ok' : outcome.denial.code))
  assert.deepEqual(codes.toSorted(), ['already_installed', 'already_installed', 'ok'])
})

test('consent is given and taken by scope, in any order and as often as wished', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { manifest: graph })
  const grant = (caps: string[]) => s.value(s.a.admin, 'plugin.grant', { id, caps })
  assert.deepEqual((await grant(['read:graph'])).capabilities, ['read:graph'])
  assert.deepEqual((await grant(['read:graph', 'read:case'])).capabilities, ['read:case', 'read:graph'])
  assert.equal(
    (await s.denial(s.a.admin, 'plugin.grant', { id, caps: ['net:example.org'] })).code,
    'capability_undeclared',
  )
  assert.equal(
    (await s.denial(s.a.admin, 'plugin.grant', { id: 'nothing', caps: ['read:graph'] })).code,
    'not_installed',
  )
  assert.equal(
    (await s.denial(s.a.admin, 'plugin.revoke', { id: 'nothing', caps: ['read:graph'] })).code,
    'not_installed',
  )
  assert.deepEqual(
    (await s.value(s.a.admin, 'plugin.revoke', { id, caps: ['read:graph', 'never:granted'] })).capabilities,
    ['read:case'],
  )
  const detail = await s.value(s.a.admin, 'plugin.detail', { id })
  assert.deepEqual(
    detail.capabilities.map(({ scope, required, granted }) => [scope, required, granted]),
    [
      ['read:graph', true, false],
      ['read:case', false, true],
    ],
  )
  assert.ok(detail.capabilities.every(({ impact }) => impact.endsWith('.')))
})

test('a stored package that the disk has altered is not run, and not installed', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, {})
  await s.add(s.a, { name: 'other' })
  for (const file of await filesOf(s)) {
    if (file.includes('/')) await writeFile(join(s.folder, 'packages', file), 'damaged')
  }
  await s.reopen()
  await assert.rejects(() => s.ask(s.a.analyst, 'plugin.run', { id }), {
    name: 'Fault',
    code: 'blob_damaged',
  })
  await assert.rejects(() => s.ask(s.a.admin, 'plugin.install', { id: 'other' }), {
    name: 'Fault',
    code: 'blob_damaged',
  })
  const outcomes = (await s.receipts()).filter(({ decision }) => decision === 'failed')
  assert.deepEqual(
    outcomes.map(({ operation, phase }) => `${operation} ${phase}`),
    ['plugin.run outcome', 'plugin.install effect'],
  )
})

test('a data package whose table breaks its own rules is refused when it is installed, with the line', async (t) => {
  const s = await createTestServer(t)
  const columns = [{ name: 'port', type: 'integer' }] as const
  await s.add(
    s.a,
    await dataPackage({
      name: 'broken',
      csv: 'port\n443\n22\n',
      columns,
      key: { kind: 'exact', column: 'port' },
    }),
  )
  const denial = await s.denial(s.a.admin, 'plugin.install', { id: 'broken' })
  assert.deepEqual([denial.code, denial.params['reason']], ['package_refused', 'table_invalid'])
  assert.match(String(denial.params['where']), /table\.csv:3/)
  assert.deepEqual(await readdir(join(s.folder, 'tables', s.a.organisation, 'broken')).catch(() => []), [])
})

test('uninstalling removes what there was, says what stays, and finds nothing left', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(
    s.a,
    {
      manifest: graph,
      code: "console.log('seen'); return { entities: [{ key: 'k:1', type: 't', name: 'n' }] }",
    },
    ['read:graph'],
  )
  const incident = await s.value(s.a.analyst, 'case.create', { title: 'x' })
  const { runId } = await s.value(
    s.a.analyst,
    'plugin.run',
    { id, case: incident.id },
    { idempotencyKey: 'k1' },
  )
  await s.value(s.a.analyst, 'run.accept', { id: runId, case: incident.id })
  const canary = await canaryOf(s, id)
  const purged = await s.value(s.a.admin, 'plugin.uninstall', { id })
  const removed = Object.fromEntries(purged.removed.map(({ what, count }) => [what, count]))
  assert.equal(removed['grants'], 1)
  assert.equal(removed['installation'], 1)
  assert.equal(removed['runs with their logs and results'], 1)
  assert.equal(removed['answers kept for idempotency keys'], 1)
  assert.deepEqual(purged.residue, [])
  assert.ok(purged.scanned.files > 3 && purged.scanned.tables > 20 && purged.scanned.bytes > 10_000)
  assert.ok(purged.kept.length >= 2)
  assert.equal((await s.denial(s.a.analyst, 'run.detail', { id: runId })).code, 'run_unknown')
  assert.equal((await s.denial(s.a.admin, 'plugin.uninstall', { id })).code, 'not_installed')
  assert.match(canary, /^canary-[0-9a-f]{32}$/)
  // What people accepted is theirs.
  assert.equal((await s.value(s.a.analyst, 'case.read', { id: incident.id })).entities.length, 1)
})

test('uninstalling with forget takes the package off the shelf too, and its file only when nobody else has it', async (t) => {
  const s = await createTestServer(t)
  const content = (await buildPackage({})).toString('base64')
  for (const { admin } of [s.a, s.b]) await s.value(admin, 'package.add', { content })
  const { id } = await s.value(s.a.admin, 'plugin.install', { id: 'probe' })
  const before = await filesOf(s)
  const purged = await s.value(s.a.admin, 'plugin.uninstall', { id, forget: true })
  assert.deepEqual(
    purged.kept.map(({ what }) => what),
    ['receipts'],
  )
  assert.deepEqual(purged.residue, [])
  assert.equal((await s.denial(s.a.admin, 'plugin.install', { id })).code, 'package_unknown')
  assert.deepEqual(await filesOf(s), before)
  await s.value(s.b.admin, 'plugin.install', { id })
  await s.value(s.b.admin, 'plugin.uninstall', { id, forget: true })
  assert.ok((await filesOf(s)).length < before.length)
})

async function canaryOf(s: TestServer, id: string): Promise<string> {
  const rows = await s.database.read
    .selectFrom('installations')
    .select('canary')
    .where('name', '=', id)
    .execute()
  return rows[0]?.canary ?? assert.fail('not installed')
}

test('the scan finds a canary that somebody forgot, in the database and in any file', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, {})
  const canary = await canaryOf(s, id)
  // As if a purger had been left out, and a cache had been written past the product.
  await s.database.writer.transact({ by: 'bootstrap' }, (tx) =>
    tx
      .insertInto('graph_changes')
      .values({
        organisation: s.a.organisation,
        run: 'run_x',
        kind: 'entity',
        id: 'x',
        before: `{"left":"${canary}"}`,
      })
      .execute(),
  )
  await mkdir(join(s.folder, 'cache', 'deep'), { recursive: true })
  // Across the border of two blocks of reading.
  await writeFile(
    join(s.folder, 'cache', 'deep', 'left.bin'),
    Buffer.concat([Buffer.alloc((1 << 20) - 10), Buffer.from(canary), Buffer.alloc(5)]),
  )
  const { residue } = await s.value(s.a.admin, 'plugin.uninstall', { id })
  const places = residue.map(({ where }) => where)
  assert.ok(
    places.some((where) => where.startsWith('state')),
    places.join(),
  )
  assert.ok(places.includes(join('cache', 'deep', 'left.bin')), places.join())
  assert.ok(residue.every(({ what }) => what === canary))
})

test('an uninstall during a run ends with nothing of the run left', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, {
    code: "console.log('begun'); await new Promise(() => {})",
    budgets: { ms: 3_000 },
  })
  const running = s.ask(s.a.analyst, 'plugin.run', { id })
  for (;;) {
    const state = (await s.value(s.a.analyst, 'run.list', {})).rows[0]?.state
    if (state === 'running') break
    assert.ok(state === undefined || state === 'queued', `it is ${state} already`)
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  const { residue } = await s.value(s.a.admin, 'plugin.uninstall', { id })
  assert.deepEqual(residue, [])
  assert.equal((await running).outcome.ok, false)
  for (const table of ['runs', 'run_logs'] as const) {
    assert.deepEqual(await s.database.read.selectFrom(table).selectAll().execute(), [], table)
  }
})

test('a package reinstalled during a run does not change what that run executes', async (t) => {
  const s = await createTestServer(t)
  await s.add(s.a, { version: '1.0.0', code: 'return "one"' })
  await s.add(s.a, { version: '2.0.0', code: 'return "two"' })
  await s.value(s.a.admin, 'plugin.install', { id: 'probe', version: '1.0.0' })
  const first = await s.server.marketplace.installed(s.database.read, s.a.organisation, 'probe')
  assert.ok(first)
  await s.value(s.a.admin, 'plugin.uninstall', { id: 'probe' })
  await s.value(s.a.admin, 'plugin.install', { id: 'probe', version: '2.0.0' })
  const loaded = await s.server.marketplace.load(s.database.read, s.a.organisation, first)
  assert.equal(loaded.digest, first.digest)
})

test('the list searches names, titles and summaries, and shows the newest version', async (t) => {
  const s = await createTestServer(t)
  await s.add(s.a, {
    name: 'finder',
    version: '1.0.0',
    manifest: { title: 'Finds', summary: 'Looks for 100% of it_' },
  })
  await s.add(s.a, {
    name: 'finder',
    version: '1.0.1',
    manifest: { title: 'Finds', summary: 'Looks for 100% of it_' },
  })
  const names = async (input: Record<string, unknown>): Promise<string[]> =>
    (await s.value(s.a.admin, 'plugin.list', input)).rows.map((row) => `${row.name} ${row.version}`)
  assert.deepEqual(await names({ q: 'FINDS' }), ['finder 1.0.1'])
  assert.deepEqual(await names({ q: '100% of it_' }), ['finder 1.0.1'])
  assert.deepEqual(await names({ q: '%' }), ['finder 1.0.1'])
  assert.deepEqual(await names({ q: 'nothing' }), [])
  assert.deepEqual(await names({ kind: 'data' }), [])
  assert.deepEqual(await names({ installed: true }), [])
  assert.equal(
    (await s.denial(s.a.admin, 'plugin.detail', { id: 'finder', version: '3.0.0' })).code,
    'package_unknown',
  )
  assert.equal(
    testPublisher.keyId,
    (await s.value(s.a.admin, 'plugin.detail', { id: 'finder' })).package.keyId,
  )
})

test('an uninstall asked for again under its key is answered as the first time, and without a key not', async (t) => {
  const s = await createTestServer(t)
  const id = await s.install(s.a, { code: 'return 1' })
  const first = await s.ask(s.a.admin, 'plugin.uninstall', { id }, { idempotencyKey: 'gone' })
  const again = await s.ask(s.a.admin, 'plugin.uninstall', { id }, { idempotencyKey: 'gone' })
  assert.ok(first.outcome.ok && again.outcome.ok)
  assert.equal(again.replayed, true)
  assert.deepEqual(again.outcome.value, first.outcome.value)
  assert.equal((await s.denial(s.a.admin, 'plugin.uninstall', { id })).code, 'not_installed')
})
