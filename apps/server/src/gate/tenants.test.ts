import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { catalogue } from '@switchboard/api'
import { sql } from 'kysely'
import { dataPackage } from '../../../../tests/support/test-package.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'
import type { TestServer } from '../../../../tests/support/test-server.ts'

/** Organisation A with one of everything, and organisation B with nothing. */
async function tenants(t: TestContext) {
  const s = await createTestServer(t)
  const { a } = s
  const plugin = await s.install(
    a,
    {
      name: 'a-plugin',
      code: "await api.kv.set({ key: 'k', value: 'of A' }); return { entities: [{ key: 'k:1', type: 'thing', name: 'Thing of A' }] }",
      manifest: { capabilities: { store: ['kv'] } },
    },
    ['store:kv'],
  )
  const columns = [
    { name: 'port', type: 'integer' },
    { name: 'name', type: 'string' },
  ] as const
  const table = await dataPackage({
    name: 'a-table',
    csv: 'port,name\n22,ssh\n',
    columns,
    key: { kind: 'exact', column: 'port' },
  })
  await s.install(a, table)
  const theirs = await s.value(a.analyst, 'case.create', {
    title: 'A leak at A',
    tlp: 'AMBER',
    note: 'zebra',
  })
  const { runId: run } = await s.value(a.analyst, 'plugin.run', { id: plugin, case: theirs.id })
  await s.value(a.analyst, 'run.accept', { id: run, case: theirs.id })
  const { rows: entities } = await s.value(a.analyst, 'graph.search', { q: 'Thing' })
  const parked = await s.denial(a.analyst, 'evidence.export', { case: theirs.id })
  const token = await s.value(a.admin, 'token.create', { name: 'a', scopes: ['*'] })
  const { receiptId } = await s.ask(a.analyst, 'case.create', { title: 'Another' })
  const ids = {
    case: theirs.id,
    run,
    plugin,
    entity: entities[0]?.id ?? assert.fail('no entity'),
    review: parked.params['taskId'] as string,
    token: token.id,
    user: a.analyst.user,
    receipt: receiptId as string,
  }
  return { s, ids }
}

test('what belongs to another organisation is unknown to every operation that takes an id', async (t) => {
  const { s, ids } = await tenants(t)
  const { admin, analyst, reviewer, auditor } = s.b
  const own = await s.value(analyst, 'case.create', { title: 'Of B' })
  const draft = { key: 'k:2', type: 'thing', name: 'x' }
  const attempts: [typeof admin, string, Record<string, unknown>, string][] = [
    [analyst, 'case.read', { id: ids.case }, 'case_unknown'],
    [analyst, 'case.relations', { id: ids.case }, 'case_unknown'],
    [analyst, 'case.add_note', { id: ids.case, text: 'x' }, 'case_unknown'],
    [analyst, 'case.add_entities', { id: ids.case, entities: [draft] }, 'case_unknown'],
    [analyst, 'case.set_tlp', { id: ids.case, tlp: 'CLEAR' }, 'case_unknown'],
    [analyst, 'case.set_pap', { id: ids.case, pap: 'CLEAR' }, 'case_unknown'],
    [analyst, 'evidence.export', { case: ids.case }, 'case_unknown'],
    [analyst, 'run.detail', { id: ids.run }, 'run_unknown'],
    [analyst, 'run.log', { id: ids.run }, 'run_unknown'],
    [analyst, 'run.cancel', { id: ids.run }, 'run_unknown'],
    [analyst, 'run.diff', { id: ids.run }, 'run_unknown'],
    [analyst, 'run.provenance', { id: ids.run }, 'run_unknown'],
    [analyst, 'run.accept', { id: ids.run, case: own.id }, 'run_unknown'],
    [analyst, 'run.undo', { id: ids.run }, 'run_unknown'],
    [analyst, 'run.replay', { id: ids.run }, 'run_unknown'],
    [analyst, 'run.replay', { id: ids.receipt }, 'run_unknown'],
    [admin, 'run.forget_recording', { id: ids.run }, 'run_unknown'],
    [admin, 'run.forget_recording', { id: ids.case }, 'case_unknown'],
    [analyst, 'plugin.run', { id: ids.plugin }, 'not_installed'],
    [analyst, 'run.submit', { id: ids.plugin }, 'not_installed'],
    [admin, 'plugin.detail', { id: ids.plugin }, 'package_unknown'],
    [admin, 'plugin.sbom', { id: ids.plugin }, 'package_unknown'],
    [admin, 'plugin.install', { id: ids.plugin }, 'package_unknown'],
    [admin, 'plugin.quarantine', { id: ids.plugin, reason: 'x' }, 'package_unknown'],
    [admin, 'plugin.release', { id: ids.plugin, reason: 'x' }, 'not_held'],
    [admin, 'plugin.review', { id: ids.plugin, note: 'x' }, 'package_unknown'],
    [admin, 'plugin.unreview', { id: ids.plugin, note: 'x' }, 'package_unknown'],
    [admin, 'plugin.grant', { id: ids.plugin, caps: ['read:graph'] }, 'not_installed'],
    [admin, 'plugin.revoke', { id: ids.plugin, caps: ['read:graph'] }, 'not_installed'],
    [admin, 'plugin.set_ceilings', { id: ids.plugin, tlp: 'RED' }, 'not_installed'],
    [admin, 'plugin.undo', { id: ids.plugin }, 'not_installed'],
    [admin, 'plugin.kv_clear', { id: ids.plugin }, 'not_installed'],
    [admin, 'plugin.uninstall', { id: ids.plugin }, 'not_installed'],
    [analyst, 'data.lookup', { table: 'a-table', key: 22 }, 'table_unknown'],
    [analyst, 'data.range', { table: 'a-table', value: '1.1.1.1' }, 'table_unknown'],
    [analyst, 'graph.entity', { id: ids.entity }, 'entity_unknown'],
    [analyst, 'graph.entity', { id: 'k:1' }, 'entity_unknown'],
    [analyst, 'graph.neighbours', { id: ids.entity }, 'entity_unknown'],
    [reviewer, 'review.detail', { id: ids.review }, 'review_unknown'],
    [reviewer, 'review.approve', { id: ids.review }, 'review_unknown'],
    [reviewer, 'review.deny', { id: ids.review, reason: 'x' }, 'review_unknown'],
    [auditor, 'receipt.read', { id: ids.receipt }, 'receipt_unknown'],
    [auditor, 'evidence.preview', { case: ids.case }, 'case_unknown'],
    [admin, 'hold.place', { case: ids.case, reason: 'to be kept' }, 'case_unknown'],
    [admin, 'user.deactivate', { id: ids.user }, 'user_unknown'],
    [admin, 'token.revoke', { id: ids.token }, 'token_unknown'],
  ]
  for (const [who, operation, input, code] of attempts) {
    const denial = await s.denial(who, operation, input)
    assert.deepEqual([denial.code, denial.category], [code, 'not_found'], operation)
  }
  // Ids inside the input that are not the operation's own.
  await s.install(s.b, { name: 'b-plugin' })
  for (const operation of ['plugin.run', 'run.submit']) {
    assert.equal(
      (await s.denial(analyst, operation, { id: 'b-plugin', case: ids.case })).code,
      'case_unknown',
    )
  }
  assert.equal(
    (await s.denial(analyst, 'plugin.run', { id: 'b-plugin', run: ids.run })).code,
    'run_not_active',
  )
  const { runId } = await s.value(analyst, 'plugin.run', { id: 'b-plugin' })
  assert.equal((await s.denial(analyst, 'run.accept', { id: runId, case: ids.case })).code, 'case_unknown')

  const asked = new Set(attempts.map(([, operation]) => operation))
  const takesId = catalogue.filter((spec) =>
    ['id', 'table', 'case'].some((field) => field in spec.input.properties),
  )
  // They narrow by a case: one of others narrows to nothing.
  const listsBy = new Set([
    'run.list',
    'receipt.list',
    'feed.create',
    'hold.list',
    'evidence.prune',
    'evidence.fold',
  ])
  assert.deepEqual(
    takesId.map((spec) => spec.name).filter((name) => !asked.has(name) && !listsBy.has(name)),
    [],
    'operations without an attempt',
  )
})

test('lists, counts and searches show nothing of another organisation', async (t) => {
  const { s, ids } = await tenants(t)
  const { admin, analyst, reviewer, auditor, finops } = s.b
  const empty: [typeof admin, string, Record<string, unknown>][] = [
    [admin, 'plugin.list', {}],
    [analyst, 'run.list', {}],
    [analyst, 'run.list', { case: ids.case }],
    [analyst, 'case.list', {}],
    [analyst, 'data.list', {}],
    [analyst, 'graph.search', { q: 'Thing' }],
    [analyst, 'graph.search', { q: 'k:1' }],
    [analyst, 'graph.search', { q: ids.entity }],
    [reviewer, 'review.list', {}],
    [admin, 'token.list', {}],
    [admin, 'plugin.kv_usage', {}],
    [finops, 'usage.read', {}],
    [auditor, 'receipt.list', { case: ids.case }],
    [auditor, 'receipt.list', { package: ids.plugin }],
  ]
  for (const [who, operation, input] of empty) {
    const { outcome } = await s.ask(who, operation, input)
    assert.deepEqual(outcome.ok && (outcome.value as { rows: unknown[] }).rows, [], operation)
  }
  // A's pages end where B's cursors point, and the other way round.
  const { rows } = await s.value(analyst, 'case.list', { cursor: 'case_ffffffffffffffffffffffffffffffff' })
  assert.deepEqual(rows, [])
  const users = await s.value(admin, 'user.list', {})
  assert.deepEqual(new Set(users.rows.map((user) => user.organisation)), new Set([s.b.organisation]))
  const receipts = await s.value(auditor, 'receipt.list', {})
  assert.ok(
    receipts.rows.every(
      (receipt) => receipt.operation === 'publisher.trust' || receipt.decision === 'denied',
    ),
  )
})

test('two organisations may have the same package, key and case title, and one leaving takes nothing of the other', async (t) => {
  const s = await createTestServer(t)
  const source = { name: 's', version: '1', licence: 'CC0-1.0' }
  for (const who of [s.a, s.b]) {
    await s.install(who, { name: 'shared' })
    const columns = [{ name: 'port', type: 'integer' }] as const
    await s.install(
      who,
      await dataPackage({
        name: 'ports',
        csv: 'port\n22\n',
        columns,
        key: { kind: 'exact', column: 'port' },
      }),
    )
    await s.value(who.admin, 'graph.import', {
      source,
      entities: [{ key: 'ip:192.0.2.1', type: 'ip', name: 'shared address' }],
    })
    await s.value(who.analyst, 'case.create', { title: 'Same title', note: 'x' }, { idempotencyKey: 'k1' })
    await s.value(who.admin, 'token.create', { name: 'x', scopes: ['*'] })
    await s.value(who.analyst, 'plugin.run', { id: 'shared' })
  }
  // A is the labelled demonstration; whoever asks, only that is removed.
  await s.value(s.b.admin, 'demo.remove', {})
  assert.equal((await s.value(s.b.analyst, 'graph.search', { q: 'shared address' })).rows.length, 1)
  assert.equal((await s.value(s.b.analyst, 'case.list', {})).rows.length, 1)
  assert.equal((await s.value(s.b.analyst, 'plugin.run', { id: 'shared' })).ok, true)
  assert.equal((await s.value(s.b.analyst, 'run.list', {})).rows.length, 2)
  assert.equal((await s.denial(s.a.analyst, 'case.list', {})).code, 'unauthenticated')
  assert.deepEqual((await s.value(s.b.analyst, 'data.lookup', { table: 'ports', key: 22 })).row, { port: 22 })
  assert.deepEqual(await tablesHolding(s, s.a.organisation), [])
  assert.deepEqual(await readdir(join(s.folder, 'tables')), [s.b.organisation])
})

/** What an organisation that was removed may leave: its receipts, the logs that they have their place in, and the keys that open them. */
const kept = new Set(['receipts', 'evidence_blocks', 'logs', 'salt_keys'])

/** Tables that still hold rows of the organisation. */
async function tablesHolding(s: TestServer, organisation: string): Promise<readonly string[]> {
  const tables = await s.database.read.introspection.getTables()
  const holding: string[] = []
  for (const { name, columns } of tables) {
    if (kept.has(name) || !columns.some((column) => column.name === 'organisation')) continue
    const { rows } =
      await sql`select 1 from ${sql.table(name)} where organisation = ${organisation} limit 1`.execute(
        s.database.read,
      )
    if (rows.length > 0) holding.push(name)
  }
  return holding
}
