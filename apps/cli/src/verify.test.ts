import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createTestLogs } from '@switchboard/bundle/testing'
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

/** A folder with a period of three logs, everything in it, and what is trusted of its operator and witnesses. */
async function withPeriod(work: (folder: Folder, trust: PeriodTrust) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const logs = createTestLogs()
    const witness = logs.addWitness('witness.one')
    logs.recordRun()
    for (let i = 0; i < 8; i++) logs.record({ class: 'short' })
    const saved = { standard: logs.checkpoint('standard'), short: logs.checkpoint('short') }
    logs.record()
    for (let i = 0; i < 2; i++) logs.record({ class: 'short' })
    logs.prune('short', [{ from: 0, to: 4 }])
    logs.fold('short', [{ from: 4, to: 6 }])
    const { bytes } = logs.bundle({ history: { standard: [4], short: [8] } })
    await writeFile(join(folder.path, 'period.bundle'), bytes)
    await writeFile(join(folder.path, 'standard.checkpoint'), saved.standard)
    await writeFile(join(folder.path, 'short.checkpoint'), saved.short)
    await work(folder, { key: logs.logKeys[0] ?? '', witness })
  })
}

interface PeriodTrust {
  readonly key: string
  readonly witness: string
}

test('a period is green, says of each log that nothing in between is missing, and who has seen it', () =>
  withPeriod(async ({ run }, { key, witness }) => {
    const { code, stdout } = await run('period.bundle', '--key', key, '--witness', witness)
    assert.equal(code, 0, stdout)
    assert.match(
      stdout,
      /short {2}\S+: 4 receipts, 2 folded, 4 entries pruned under a receipt; 10 entries in the log\n/,
    )
    assert.match(stdout, /from the first entry to the last: nothing in between is missing\n/)
    assert.match(stdout, /seen by witness\.one \(2026-01-01 \d\d:\d\dZ\)\n/)
  }))

test('as many witnesses as are asked for must have cosigned, and their keys be known', () =>
  withPeriod(async ({ path, run }, { key, witness }) => {
    const needed = ['--witnesses-needed', '1']
    assert.equal((await run('period.bundle', '--key', key, ...needed)).code, 2)
    assert.equal((await run('period.bundle', '--key', key, '--witness', witness, ...needed)).code, 0)
    await mkdir(join(path, '.switchboard', 'trust'), { recursive: true })
    await writeFile(join(path, '.switchboard', 'trust', 'log.vkey'), `${key}\n`)
    await writeFile(join(path, '.switchboard', 'trust', 'one.witness.vkey'), `${witness}\n`)
    assert.equal((await run('period.bundle', ...needed)).code, 0)
    const other = createTestLogs({ seed: 'another' }).addWitness('witness.two')
    const unseen = await run('period.bundle', '--witness', other, ...needed)
    assert.equal(unseen.code, 1)
    assert.match(unseen.stdout, /\[witness_quorum\]/)
  }))

test('several saved checkpoints are held against the log of each', () =>
  withPeriod(async ({ path, run }, { key }) => {
    const both = ['--checkpoint', 'standard.checkpoint', '--checkpoint', 'short.checkpoint']
    const { code, stdout } = await run('period.bundle', '--key', key, ...both)
    assert.equal(code, 0)
    assert.match(stdout, /2 {2}logs continue the saved checkpoints/)
    await writeFile(join(path, 'late.checkpoint'), laterCheckpoint())
    const late = await run('period.bundle', '--key', key, ...both, '--checkpoint', 'late.checkpoint')
    assert.equal(late.code, 1)
    assert.match(late.stdout, /saved checkpoint 3 \S* ?\S*.*\[saved_ahead\]/)
  }))

/** Of the same log and key, when more had been written. */
function laterCheckpoint(): string {
  const logs = createTestLogs()
  for (let i = 0; i < 40; i++) logs.record()
  return logs.checkpoint('standard')
}

test('--json has what is shown of each log', () =>
  withPeriod(async ({ run }, { key }) => {
    const { logs } = JSON.parse((await run('period.bundle', '--key', key, '--json')).stdout)
    assert.deepEqual(
      logs.map((log: { class: string; complete: unknown; pruned: number }) => [
        log.class,
        log.complete,
        log.pruned,
      ]),
      [
        ['standard', [{ from: 0, to: 5 }], 0],
        ['short', [{ from: 0, to: 10 }], 4],
        ['long', [{ from: 0, to: 3 }], 0],
      ],
    )
  }))
