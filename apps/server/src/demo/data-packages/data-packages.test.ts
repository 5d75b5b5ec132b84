import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTable, type TableManifest } from '../../data/table/index.ts'
import { buildDataPackages } from './index.ts'

interface DataManifest {
  readonly version: string
  readonly licence: string
  readonly capturedAt: number
  readonly table: TableManifest
}

test('the data packages open as tables, answer what their sources say, and state version, licence and doubts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-data-'))
  try {
    const written = await buildDataPackages(folder)
    assert.deepEqual(
      written.map(({ name }) => name),
      ['ip-asn', 'ip-country', 'ports', 'countries'],
    )
    const tables = new Map<string, Awaited<ReturnType<typeof open>>>()
    for (const { name, rows } of written) {
      const opened = await open(join(folder, name))
      assert.equal(opened.table.rows, rows)
      assert.ok(rows > 200)
      assert.deepEqual((await readdir(join(folder, name))).sort(), [
        'NOTICE',
        'README.md',
        'manifest.json',
        'table.csv',
      ])
      tables.set(name, opened)
    }
    assert.equal(tables.get('ip-asn')?.table.range('9.9.9.9').row?.['asn'], 19_281)
    assert.equal(tables.get('ip-asn')?.table.range('2606:4700:4700::1111').row?.['asn'], 13_335)
    assert.equal(tables.get('ip-asn')?.table.range('10.0.0.1').kind, 'absent')
    assert.equal(tables.get('ip-country')?.table.range('193.0.14.129').row?.['country'], 'NL')
    assert.equal(tables.get('ports')?.table.exact(443).row?.['tcp'], 'https')
    assert.equal(tables.get('countries')?.table.exact('NA').row?.['name'], 'Namibia')

    const { manifest } = tables.get('ip-asn') ?? assert.fail()
    assert.equal(manifest.licence, 'CC-BY-4.0')
    assert.equal(tables.get('ip-country')?.manifest.licence, 'CC-BY-4.0 AND MIT')
    assert.equal(tables.get('ports')?.manifest.licence, 'BSD-2-Clause')
    assert.equal(manifest.version, '2026.617.19')
    assert.equal(new Date(manifest.capturedAt).toISOString(), '2026-06-17T19:00:00.000Z')
    assert.match(await readFile(join(folder, 'ip-asn', 'README.md'), 'utf8'), /contain bugs .* deprecated/)
    assert.match(await readFile(join(folder, 'ip-asn', 'NOTICE'), 'utf8'), /attribution to DB-IP\.com/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

async function open(folder: string) {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as DataManifest
  const opened = await openTable({ csv: join(folder, manifest.table.file) }, manifest.table)
  assert.ok(opened.ok, JSON.stringify(opened))
  return { manifest, table: opened.table }
}
