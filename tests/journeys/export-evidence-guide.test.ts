import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { readBundle } from '@switchboard/bundle'
import { runCommand } from '../support/command.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'
import { buildPackage, testPublisher } from '../support/test-package.ts'

const guide = resolve(import.meta.dirname, '../../docs/guides/export-evidence.md')

test(
  'the guide to exporting evidence, followed command by command, ends in files that verify and hide what they should',
  { timeout: 240_000 },
  async () => {
    await using work = await temporaryFolder()
    await using server = await startServer()
    async function done(...args: readonly string[]): Promise<string> {
      const { code, out, err } = await runCommand(args, { folder: work.path, data: server.folder })
      assert.equal(code, 0, `switchboard ${args.join(' ')}: ${out}${err}`)
      return out
    }
    const asked = async (...args: readonly string[]) => JSON.parse(await done(...args, '--json'))

    const probe = await buildPackage({ name: 'probe', code: 'return { ok: true, said: args.say }' })
    await writeFile(join(work.path, 'probe.sbp'), probe)
    await writeFile(join(work.path, 'publisher.pem'), testPublisher.publicKeyPem)
    await done('publisher', 'trust', 'Test publisher', '@publisher.pem')
    await done('plugin', 'add', 'probe.sbp')
    await done('plugin', 'review', 'probe', '--note', 'read')
    await done('plugin', 'install', 'probe')
    const { id: caseId } = await asked('case', 'create', 'A case', '--note', 'nothing')
    await done('plugin', 'run', 'probe', '--case', caseId, '--input', '{"say":"hello"}')
    const { logKey } = await asked('status')
    const { rows } = await asked('receipt', 'list', '--case', caseId)
    const words: Readonly<Record<string, string>> = {
      CASE: caseId,
      LOGKEY: logKey,
      USER: rows[0].user,
      RECEIPT: rows[0].id,
    }

    const verified: string[] = []
    for (const args of commandsOf(await readFile(guide, 'utf8'), words)) {
      const out = await done(...args)
      if (args[0] !== 'verify') continue
      assert.match(out, /^GREEN/)
      verified.push(args[1] ?? '')
    }
    assert.deepEqual(verified, ['case.bundle', 'period.bundle', 'less.bundle', 'one.receipt'])

    for (const file of [
      'release.bundle',
      'without-digests.bundle',
      'without-a-person.bundle',
      'without-the-case.bundle',
    ])
      assert.match(await done('verify', file, '--key', logKey), /^GREEN/)
    const bundle = async (file: string) => readBundle(await readFile(join(work.path, file)))
    const [group] = (await bundle('without-digests.bundle')).groups
    assert.deepEqual([group?.part('input').values.length, group?.part('output').values.length], [0, 0])
    assert.equal((await bundle('without-a-person.bundle')).groups[0]?.part('actor').values.length, 0)
    const less = await bundle('less.bundle')
    assert.deepEqual(
      less.documents.filter(({ section }) => section === undefined).map(({ name }) => name),
      ['packages/probe-1.0.0/sbom.spdx.json'],
    )
  },
)

/** The commands in the shell blocks of a page, with its stand-ins replaced. */
function commandsOf(page: string, words: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  return [...page.matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block = '']) => block.split('\n'))
    .filter((line) => line !== '')
    .map((line) => {
      const [program, ...args] = line.split(' ')
      assert.equal(program, 'switchboard', line)
      return args.map((word) => words[word] ?? word)
    })
}
