import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import type { CommandResult } from '../support/command.ts'
import { filesWith } from '../support/files-with.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'

const forbidden = 11
const notFound = 13

test(
  'by the command alone: list, install, grant, run, revoke, uninstall without residue, export, and verify with the server down',
  { timeout: 240_000 },
  async () => {
    await using work = await temporaryFolder()
    await using server = await startServer()
    const command = (...args: string[]): Promise<CommandResult> =>
      runCommand(args, { folder: work.path, data: server.folder })
    async function done<T = Record<string, unknown>>(...args: string[]): Promise<T> {
      const result = await command(...args, '--json')
      assert.equal(result.code, 0, `switchboard ${args.join(' ')}: ${result.out}${result.err}`)
      return result.json<T>()
    }
    const canary = Object.fromEntries(
      ['input', 'result', 'log', 'table', 'key', 'job'].map((what) => [
        what,
        `CANARY-${what}-${randomBytes(12).toString('hex')}`,
      ]),
    )

    // An author makes two packages, an administrator pins the author's key and adds them.
    await writePackages(work.path, canary['table'] ?? '')
    await local('plugin', 'keygen', '--out', 'keys')
    const publicKey = (await readdir(join(work.path, 'keys'))).find((name) => name.endsWith('.pub.pem')) ?? ''
    const privateKey =
      (await readdir(join(work.path, 'keys'))).find(
        (name) => !name.endsWith('.pub.pem') && name.endsWith('.pem'),
      ) ?? ''
    for (const name of ['canary-reader', 'canary-table']) {
      await local('plugin', 'pack', name, '--out', '.')
      await local('plugin', 'sign', `${name}-1.0.0.sbp`, '--key', join('keys', privateKey))
    }
    await done('publisher', 'trust', 'Canary author', `@${join('keys', publicKey)}`)
    for (const name of ['canary-reader', 'canary-table']) await done('plugin', 'add', `${name}-1.0.0.sbp`)

    const listed = await done<{ rows: { name: string; installed: boolean }[] }>('plugin', 'list')
    assert.deepEqual(
      listed.rows.map(({ name, installed }) => [name, installed]),
      [
        ['canary-reader', false],
        ['canary-table', false],
      ],
    )

    await done('plugin', 'install', 'canary-table')
    const unread = await command('plugin', 'run', 'canary-reader')
    assert.equal(unread.code, notFound, 'nothing is installed yet')
    await done('plugin', 'review', 'canary-reader', '--note', 'read from its first line to its last')
    const installed = await done<{ capabilities: string[]; granted: string[] }>(
      'plugin',
      'install',
      'canary-reader',
    )
    assert.deepEqual(installed.capabilities.toSorted(), ['read:case', 'read:data:canary-table'])
    assert.deepEqual(installed.granted, [])
    await done('plugin', 'grant', 'canary-reader', 'read:case', 'read:data:canary-table')

    const opened = await done<{ id: string }>('case', 'create', 'A case', '--note', 'Nothing of note')
    const input = JSON.stringify({
      secret: canary['input'],
      mark: canary['result']?.slice('CANARY-'.length),
      say: canary['log'],
    })
    const run = await done<{ runId: string; result: unknown; spans: unknown[] }>(
      'plugin',
      'run',
      'canary-reader',
      '--input',
      input,
      '--case',
      opened.id,
      '--idempotency-key',
      canary['key'] ?? '',
    )
    assert.deepEqual(run.result, {
      ok: true,
      echo: canary['input'],
      made: canary['result'],
      row: { name: 'one', value: canary['table'] },
    })
    assert.equal(run.spans.length, 2)
    const { runId } = await done<{ runId: string }>(
      'run',
      'submit',
      'canary-reader',
      '--input',
      JSON.stringify({ secret: canary['job'], mark: 'x', say: 'y' }),
      '--case',
      opened.id,
    )
    await runEnds(runId)
    const { lines } = await done<{ lines: { text: string }[] }>('run', 'log', run.runId)
    assert.ok(lines.some(({ text }) => text.includes(canary['log'] ?? '')))

    await done('plugin', 'revoke', 'canary-reader', 'read:data:canary-table')
    const refused = await command('plugin', 'run', 'canary-reader', '--input', input, '--case', opened.id)
    assert.equal(refused.code, forbidden)
    assert.match(refused.err, /CapabilityDenied/)
    assert.match(
      refused.err,
      /An administrator can grant it: switchboard plugin grant canary-reader read:data:canary-table/,
    )
    assert.match(refused.err, /receipt rct_[0-9a-f]{32}/)

    await done('evidence', 'export', '--case', opened.id, '--out', 'before.bundle')
    for (const [what, word] of Object.entries(canary)) {
      assert.ok(
        (await filesWith(server.folder, [word])).length > 0,
        `the search can find the canary in ${what} before the uninstall`,
      )
    }
    for (const id of ['canary-reader', 'canary-table']) {
      const purged = await done<{
        residue: unknown[]
        removed: { what: string }[]
        kept: { what: string }[]
      }>('plugin', 'uninstall', id)
      assert.deepEqual(purged.residue, [])
      assert.deepEqual(
        purged.kept.map(({ what }) => what),
        ['receipts', 'catalogue entry'],
      )
    }
    for (const [what, word] of Object.entries(canary))
      assert.deepEqual(await filesWith(server.folder, [word]), [], `the canary in ${what} is still there`)
    assert.equal((await command('run', 'detail', run.runId)).code, notFound)
    assert.equal((await command('plugin', 'run', 'canary-reader')).code, notFound)
    const receipts = await done<{ rows: { operation: string; decision: string }[] }>(
      'receipt',
      'list',
      '--package',
      'canary-reader',
      '--limit',
      '100',
    )
    assert.ok(
      receipts.rows.some(({ operation, decision }) => operation === 'plugin.run' && decision === 'allowed'),
    )

    await done('evidence', 'export', '--case', opened.id, '--out', 'after.bundle')
    const saved = await done<{ checkpoint: string; key: string }>('evidence', 'checkpoint')
    await writeFile(join(work.path, 'checkpoint.txt'), saved.checkpoint)
    assert.equal(await server.stop(), 0)
    assert.equal((await command('status')).code, 3)

    for (const bundle of ['before.bundle', 'after.bundle']) {
      const verdict = await runCommand(
        ['verify', bundle, '--key', saved.key, '--publisher-key', join('keys', publicKey), '--json'],
        { folder: work.path },
      )
      assert.equal(verdict.code, 0, verdict.out + verdict.err)
    }
    // An older bundle is no extension of a checkpoint that was saved after it.
    const older = await runCommand(
      ['verify', 'before.bundle', '--key', saved.key, '--checkpoint', 'checkpoint.txt'],
      { folder: work.path },
    )
    assert.equal(older.code, 1, older.out)

    async function local(...args: string[]): Promise<void> {
      const result = await runCommand(args, { folder: work.path })
      assert.equal(result.code, 0, `switchboard ${args.join(' ')}: ${result.out}${result.err}`)
    }
    async function runEnds(id: string): Promise<void> {
      for (;;) {
        const { run: shown } = await done<{ run: { state: string } }>('run', 'detail', id)
        if (!['queued', 'running'].includes(shown.state)) return assert.equal(shown.state, 'succeeded')
      }
    }
  },
)

async function writePackages(folder: string, canary: string): Promise<void> {
  const plugin = {
    name: 'canary-reader',
    version: '1.0.0',
    entry: 'index.js',
    capabilities: { cases: ['read'], data: ['canary-table'], network: false },
    budgets: { ms: 5000, memoryMB: 32, rows: 100 },
    permissions: [],
  }
  const code = `module.exports.run = async (args, api) => {
    console.log('said', args.say)
    await api.cases.read({ id: args.case })
    const { row } = await api.data.lookup({ table: 'canary-table', key: 'one' })
    return { ok: true, echo: args.secret, made: 'CANARY-' + args.mark, row }
  }\n`
  const table = {
    name: 'canary-table',
    version: '1.0.0',
    kind: 'data',
    title: 'Canaries',
    summary: 'A table to be searched for.',
    licence: 'CC0-1.0',
    sources: [{ name: 'test', version: '1', licence: 'CC0-1.0' }],
    table: {
      file: 'table.csv',
      columns: [
        { name: 'name', type: 'string' },
        { name: 'value', type: 'string' },
      ],
      key: { kind: 'exact', column: 'name' },
    },
    capturedAt: Date.UTC(2026, 0, 1),
  }
  for (const name of ['canary-reader', 'canary-table']) await mkdir(join(folder, name))
  await writeFile(join(folder, 'canary-reader', 'manifest.json'), JSON.stringify(plugin))
  await writeFile(join(folder, 'canary-reader', 'index.js'), code)
  await writeFile(join(folder, 'canary-table', 'manifest.json'), JSON.stringify(table))
  await writeFile(join(folder, 'canary-table', 'table.csv'), `name,value\none,${canary}\n`)
}
