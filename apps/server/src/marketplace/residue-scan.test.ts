import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { holdFile, openDatabase } from '../kernel/db/index.ts'
import { createResidueScan } from './residue-scan.ts'

/** Whether another process may take the file for itself. */
function isFree(file: string): boolean {
  const code = `const { DatabaseSync } = require('node:sqlite')
    const db = new DatabaseSync(process.argv[1])
    try { db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE'); console.log('free') } catch { console.log('held') }`
  return execFileSync(process.execPath, ['-e', code, file], { encoding: 'utf8' }).includes('free')
}

test('the scan finds a word wherever it lies and says how much it read', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-scan-'))
  t.after(() => rm(folder, { recursive: true }))
  const database = await openDatabase(join(folder, 'state.db'))
  t.after(() => database.close())
  const scan = createResidueScan({ database, folder })
  // Across the end of a block that is read at once.
  await writeFile(join(folder, 'far'), `${'x'.repeat((1 << 20) - 3)}canary-1`)
  const { residue, scanned } = await scan(['canary-1', 'canary-2'])
  assert.deepEqual(residue, [{ where: 'far', what: 'canary-1' }])
  assert.ok(scanned.files >= 2 && scanned.bytes > 1 << 20)
})

test('the scan loses no lock: neither on the folder nor on the store', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-scan-'))
  t.after(() => rm(folder, { recursive: true }))
  const inUse = join(folder, 'in-use')
  using held = holdFile(inUse)
  assert.ok(held)
  const state = join(folder, 'state.db')
  const database = await openDatabase(state)
  t.after(() => database.close())
  await createResidueScan({ database, folder })(['nothing'])
  assert.equal(isFree(inUse), false)
  assert.equal(isFree(state), false)
})
