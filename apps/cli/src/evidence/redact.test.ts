import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readBundle } from '@switchboard/bundle'
import { createTestLogs } from '@switchboard/bundle/testing'
import { redactCommand } from './redact.ts'

type Run = (...argv: readonly string[]) => Promise<{ code: number; out: string; err: string }>

/** A folder with one bundle, `full.bundle`; file names are relative to it. */
async function inFolder(work: (folder: string, run: Run) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'redact-'))
  try {
    const logs = createTestLogs()
    logs.recordRun({ user: 'usr_ana' })
    logs.recordRun({ user: 'usr_ben' })
    const documents = [{ name: 'notes.txt', bytes: Buffer.from('what usr_ben did') }]
    await writeFile(join(folder, 'full.bundle'), logs.bundle({ documents }).bytes)
    await work(folder, async (...argv) => {
      const said = { out: '', err: '' }
      const io = {
        stdout: { write: (text: string) => (said.out += text) },
        stderr: { write: (text: string) => (said.err += text) },
      }
      const located = argv.map((word) => (word.endsWith('.bundle') ? join(folder, word) : word))
      return { code: await redactCommand(located, io), ...said }
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('parts, a person and a document are closed in a new file, and the old one stays', () =>
  inFolder(async (folder, run) => {
    const before = await readFile(join(folder, 'full.bundle'))
    const call = ['full.bundle', '--part', 'input,place', '--person', 'usr_ben', '--document', 'notes.txt']
    const { code, out } = await run(...call, '--out', 'less.bundle', '--json')
    assert.equal(code, 0, out)
    const { parts, receipts, documents } = JSON.parse(out)
    assert.deepEqual({ parts, receipts, documents }, { parts: 22, receipts: 9, documents: 1 })
    assert.deepEqual(await readFile(join(folder, 'full.bundle')), before)
    const less = readBundle(await readFile(join(folder, 'less.bundle')))
    assert.deepEqual(less.groups[0]?.part('input').values, [])
    assert.equal(less.documents[0]?.section, undefined)
  }))

test('what cannot be closed is named, with code 1, and no file is written', () =>
  inFolder(async (folder, run) => {
    const named = await run(
      'full.bundle',
      '--person',
      'usr_ben',
      '--receipts',
      'rct_1,rct_2',
      '--out',
      'less.bundle',
    )
    assert.equal(named.code, 1)
    assert.match(named.out, /There is no receipt rct_1 in this bundle\. \(receipt_absent\)\n.*rct_2/)
    assert.match(named.out, /notes\.txt names usr_ben\. Withhold it as well: --document notes\.txt/)
    assert.match(named.out, /Nothing was written\.\n$/)
    await writeFile(join(folder, 'other.bundle'), 'no bundle')
    const other = await run('other.bundle', '--part', 'input', '--out', 'less.bundle')
    assert.equal(other.code, 1)
    assert.match(other.out, /^file: it is not an evidence bundle of version 2 \(bundle_unreadable\)/)
    assert.equal((await run('absent.bundle', '--part', 'input', '--out', 'less.bundle')).code, 1)
    assert.deepEqual((await readdir(folder)).toSorted(), ['full.bundle', 'other.bundle'])
  }))

test('a call that does not say what, of which part, or where to, is a wrong call', () =>
  inFolder(async (_, run) => {
    for (const argv of [
      ['full.bundle', '--part', 'input'],
      ['full.bundle', '--part', 'input', '--out', 'full.bundle'],
      ['full.bundle', '--out', 'less.bundle'],
      ['full.bundle', '--part', 'face', '--out', 'less.bundle'],
      ['full.bundle', '--person', '', '--out', 'less.bundle'],
      ['--part', 'input', '--out', 'less.bundle'],
    ])
      assert.equal((await run(...argv)).code, 2, argv.join(' '))
  }))
