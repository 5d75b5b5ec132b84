import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyCommand } from './verify.ts'

// The vectors' shape is the generator's; the tests would fail on any other.
const vector = async (name: string): Promise<Record<string, string>> =>
  JSON.parse(
    await readFile(new URL(`../../../packages/verifier/vectors/${name}.json`, import.meta.url), 'utf8'),
  ) as Record<string, string>

interface Folder {
  readonly path: string
  run(
    ...argv: readonly [file?: string, ...more: string[]]
  ): Promise<{ code: number; stdout: string; stderr: string }>
}

/** A folder with the published bundle, a receipt and checkpoints, and nothing that is trusted yet. */
async function inFolder(work: (folder: Folder, vkey: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'verify-'))
  try {
    const { bundle = '', resignedWithOtherKey = '', vkey = '' } = await vector('bundle')
    const { receipt = '' } = await vector('receipt')
    const { atSize5 = '', atSize9 = '' } = await vector('checkpoints')
    const files = {
      'case-1.bundle': bundle,
      'altered.bundle': bundle.replace('"user":"dana"', '"user":"dora"'),
      'resigned.bundle': resignedWithOtherKey,
      'run.receipt': receipt,
      'earlier.checkpoint': atSize5,
      'later.checkpoint': atSize9,
    }
    for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content)
    const folder: Folder = {
      path,
      async run(...argv) {
        const [file, ...rest] = argv
        const out = { stdout: '', stderr: '' }
        const io = {
          stdout: { write: (text: string) => (out.stdout += text) },
          stderr: { write: (text: string) => (out.stderr += text) },
        }
        const located = rest.map((arg) => (arg.endsWith('.checkpoint') ? join(path, arg) : arg))
        const code = await verifyCommand(
          [...(file === undefined ? [] : [join(path, file)]), ...located],
          io,
          path,
        )
        return { code, ...out }
      },
    }
    await work(folder, vkey)
  } finally {
    await rm(path, { recursive: true })
  }
}

test('a bundle is green under the key given, and says who did what at what cost', () =>
  inFolder(async ({ run }, vkey) => {
    const { code, stdout } = await run('case-1.bundle', '--key', vkey)
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^GREEN {2}case-1\.bundle: case case-1, exported 2026-01-01 from log\.example\/evidence\n/,
    )
    assert.match(stdout, /2 entities from 1 run with 2 calls · cost 0\.00152 · 5 receipts · log size 8/)
    assert.match(stdout, /dana +plugin\.run ioc-triage 1\.0\.0 +allowed +analyst-runs +0\.0015\n/)
    assert.match(stdout, /denied CapabilityDenied/)
  }))

test('keys are read from the trust folder when none is given', () =>
  inFolder(async ({ path, run }, vkey) => {
    await mkdir(join(path, '.switchboard', 'trust'), { recursive: true })
    await writeFile(join(path, '.switchboard', 'trust', 'log.vkey'), `# the log\n${vkey}\n`)
    assert.equal((await run('case-1.bundle')).code, 0)
    assert.equal((await run('run.receipt')).code, 0)
  }))

test('without any key nothing is verified, and the message says what to do', () =>
  inFolder(async ({ run }) => {
    const { code, stdout, stderr } = await run('case-1.bundle')
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /--key/)
  }))

test('an altered, a re-signed and a truncated bundle are red and name line and rule', () =>
  inFolder(async ({ run }, vkey) => {
    const altered = await run('altered.bundle', '--key', vkey)
    assert.equal(altered.code, 1)
    assert.match(altered.stdout, /line 2, receipt 1, part actor {2}\[part_commitment\]/)
    assert.doesNotMatch(altered.stdout, /dora/)
    const resigned = await run('resigned.bundle', '--key', vkey)
    assert.equal(resigned.code, 1)
    assert.match(resigned.stdout, /\[checkpoint_key\]/)
    const truncated = await run('case-1.bundle', '--key', vkey, '--checkpoint', 'later.checkpoint')
    assert.equal(truncated.code, 1)
    assert.match(truncated.stdout, /\[saved_ahead\]/)
  }))

test('--strict tells a file of which something was not checked apart by its exit code', () =>
  inFolder(async ({ run }, vkey) => {
    assert.equal((await run('case-1.bundle', '--key', vkey, '--strict')).code, 3)
    assert.equal((await run('run.receipt', '--key', vkey, '--strict')).code, 3)
  }))

test('--json prints the whole report as one line', () =>
  inFolder(async ({ run }, vkey) => {
    const { stdout } = await run(
      'case-1.bundle',
      '--key',
      vkey,
      '--json',
      '--checkpoint',
      'earlier.checkpoint',
    )
    const { ok, kind, summary, findings } = JSON.parse(stdout)
    assert.deepEqual(
      { ok, kind, cost: summary.costMicros, findings },
      { ok: true, kind: 'bundle', cost: '1520', findings: [] },
    )
  }))

test('--page writes the page for the browser, the same bytes each time, and prints their digest', () =>
  inFolder(async ({ path, run }) => {
    const out = join(path, 'verifier.html')
    const { code, stdout } = await run(undefined, '--page', out, '--json')
    assert.equal(code, 0)
    const written = await readFile(out)
    assert.match(written.toString('utf8'), /^<!doctype html>/)
    assert.equal(JSON.parse(stdout).sha256, createHash('sha256').update(written).digest('hex'))
    assert.equal((await run(undefined, '--page', out, '--json')).stdout, stdout)
    const refused = await run('case-1.bundle', '--page', out)
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /leave FILE out/)
    assert.equal((await run(undefined, '--page', join(path, 'absent', 'verifier.html'))).code, 2)
  }))

test('arguments and files that cannot be used exit with 2', () =>
  inFolder(async ({ path, run }, vkey) => {
    await writeFile(join(path, 'bad.vkey'), 'nonsense\n')
    const calls = [
      [],
      ['absent.bundle', '--key', vkey],
      ['case-1.bundle', '--key', 'nonsense'],
      ['case-1.bundle', '--key', join(path, 'bad.vkey')],
      ['case-1.bundle', '--key', vkey, '--checkpoint', 'absent.checkpoint'],
      ['case-1.bundle', '--key', vkey, '--publisher-key', join(path, 'bad.vkey')],
      ['case-1.bundle', 'run.receipt', '--key', vkey],
      ['case-1.bundle', '--nonsense'],
    ]
    for (const argv of calls) assert.equal((await run(...argv)).code, 2, argv.join(' '))
  }))
