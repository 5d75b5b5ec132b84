import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { dataPackage } from '../../../../tests/support/test-package.ts'
import { createTestServer } from '../../../../tests/support/test-server.ts'

const columns = [
  { name: 'start', type: 'ip' },
  { name: 'end', type: 'ip' },
  { name: 'asn', type: 'integer' },
] as const

async function withTables(t: TestContext) {
  const s = await createTestServer(t)
  const csv = 'start,end,asn\n192.0.2.0,192.0.2.127,64500\n198.51.100.0,198.51.100.255,64501\n'
  await s.install(
    s.a,
    await dataPackage({ name: 'ip-asn', csv, columns, key: { kind: 'range', from: 'start', to: 'end' } }),
  )
  const named = [
    { name: 'port', type: 'integer' },
    { name: 'service', type: 'string' },
  ] as const
  await s.install(
    s.a,
    await dataPackage({
      name: 'ports',
      version: '2.1.0',
      csv: 'port,service\n22,ssh\n443,https\n',
      columns: named,
      key: { kind: 'exact', column: 'port' },
    }),
  )
  return s
}

test('each answer cites table, version, licence and row, and so does the answer that nothing is there', async (t) => {
  const s = await withTables(t)
  const cite = { source: 'data', table: 'ip-asn', version: '1.0.0', licence: 'CC0-1.0' }
  const range = (value: string) => s.value(s.a.analyst, 'data.range', { table: 'ip-asn', value })
  assert.deepEqual(await range('198.51.100.7'), {
    row: { start: '198.51.100.0', end: '198.51.100.255', asn: 64501 },
    citation: { ...cite, row: 2 },
  })
  assert.deepEqual(await range('192.0.2.128'), { row: null, citation: { ...cite, row: null } })
  const exact = await s.value(s.a.analyst, 'data.lookup', { table: 'ports', key: 443 })
  assert.deepEqual(
    [exact.row, exact.citation.version, exact.citation.row],
    [{ port: 443, service: 'https' }, '2.1.0', 2],
  )
})

test('each way to ask wrongly has its denial', async (t) => {
  const s = await withTables(t)
  const plugin = await s.install(s.a, {})
  const asked: [string, Record<string, unknown>, string][] = [
    ['data.range', { table: 'nothing', value: '192.0.2.1' }, 'table_unknown'],
    ['data.range', { table: plugin, value: '192.0.2.1' }, 'table_unknown'],
    ['data.range', { table: 'ports', value: '22' }, 'table_kind_mismatch'],
    ['data.lookup', { table: 'ip-asn', key: '192.0.2.1' }, 'table_kind_mismatch'],
    ['data.range', { table: 'ip-asn', value: 'no address' }, 'table_key_invalid'],
    ['data.range', { table: 'ip-asn', value: '192.0.2.1/24' }, 'table_key_invalid'],
    ['data.lookup', { table: 'ports', key: 'ssh' }, 'table_key_invalid'],
    ['data.lookup', { table: 'ports', key: 1.5 }, 'input_invalid'],
    ['data.lookup', { table: '../ports', key: 22 }, 'input_invalid'],
  ]
  for (const [operation, input, code] of asked) {
    assert.equal((await s.denial(s.a.analyst, operation, input)).code, code, JSON.stringify(input))
  }
})

test('the list tells size, licence and sources of what is installed', async (t) => {
  const s = await withTables(t)
  const { rows } = await s.value(s.a.analyst, 'data.list', {})
  assert.deepEqual(
    rows.map(({ table, rowCount, kind, licence }) => [table, rowCount, kind, licence].join(' ')).toSorted(),
    ['ip-asn 2 range CC0-1.0', 'ports 2 exact CC0-1.0'],
  )
})

test('a table is there after a restart, whatever became of its unpacked files', async (t) => {
  const s = await withTables(t)
  const folder = join(s.folder, 'tables', s.a.organisation, 'ip-asn')
  const answer = () => s.value(s.a.analyst, 'data.range', { table: 'ip-asn', value: '192.0.2.1' })
  const before = await answer()
  await s.reopen()
  assert.deepEqual(await answer(), before)
  for (const file of await readdir(folder)) await writeFile(join(folder, file), 'damaged')
  await s.reopen()
  assert.deepEqual(await answer(), before)
})

test('uninstalling takes the unpacked table away and its answers at once', async (t) => {
  const s = await withTables(t)
  await s.value(s.a.analyst, 'data.range', { table: 'ip-asn', value: '192.0.2.1' })
  const { removed, residue } = await s.value(s.a.admin, 'plugin.uninstall', { id: 'ip-asn' })
  assert.ok(removed.some(({ what, count }) => what === 'unpacked tables and indexes' && count >= 2))
  assert.deepEqual(residue, [])
  assert.deepEqual(await readdir(join(s.folder, 'tables', s.a.organisation)), ['ports'])
  assert.equal(
    (await s.denial(s.a.analyst, 'data.range', { table: 'ip-asn', value: '192.0.2.1' })).code,
    'table_unknown',
  )
})

test('a plugin reaches a table only with the scope of that table', async (t) => {
  const s = await withTables(t)
  const code =
    "return [await api.data.range({ table: 'ip-asn', value: '192.0.2.1' }), await api.data.lookup({ table: 'ports', key: 22 })]"
  const id = await s.install(s.a, { code, manifest: { data: ['ip-asn', 'ports'] } }, ['read:data:ip-asn'])
  const denial = await s.denial(s.a.analyst, 'plugin.run', { id })
  assert.deepEqual([denial.code, denial.params['capability']], ['CapabilityDenied', 'read:data:ports'])
  await s.value(s.a.admin, 'plugin.grant', { id, caps: ['read:data:ports'] })
  assert.equal((await s.value(s.a.analyst, 'plugin.run', { id })).usage.rows, 2)
})
