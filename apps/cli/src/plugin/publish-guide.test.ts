import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { scopesOf, verifyPackage } from '@switchboard/verifier/package'
import { runCommand } from '../../../../tests/support/command.ts'
import { startServer, temporaryFolder } from '../../../../tests/support/running-server.ts'
import { followGuide } from './testing/follow-guide.ts'

const guides = new URL('../../../../docs/guides/', import.meta.url)

const world = {
  graph: {
    source: { name: 's', version: '1', licence: 'CC0-1.0' },
    entities: [{ key: 'org:example', type: 'organisation', name: 'Example Works, on the server' }],
    relations: [],
  },
}
const probe = `export async function run({ q }, api) {
  const hits = await api.graph.search({ q, limit: 5 })
  await api.cases.addEntities({ id: 'case_${'0'.repeat(32)}', entities: [{ key: 'a', type: 'b', name: 'c' }] }).catch(() => 0)
  return { ok: true, found: hits.map(({ name }) => ({ name })) }
}
`

test(
  'the publishing guide, followed to the letter, ends in a package of the catalogue that verifies',
  { timeout: 240_000 },
  async () => {
    await using work = await temporaryFolder()
    await using server = await startServer()
    const guide = new URL('publish-a-plugin.md', guides)
    const steps = await followGuide(guide, work.path, { SWITCHBOARD_DATA: server.folder })
    assert.deepEqual(
      steps.map(({ line }) => line.split(' ').slice(1, 3).join(' ')),
      ['plugin init', 'plugin keygen', 'plugin pack', 'plugin sign', 'publisher trust', 'plugin add'],
    )
    const spkiPem = await readFile(join(work.path, 'keys', 'publisher.pub.pem'), 'utf8')
    const bytes = await readFile(join(work.path, 'dist', 'hello-0.1.0.sbp'))
    const unknown = await verifyPackage(bytes, { publisherKeys: [] })
    assert.ok(!unknown.ok && unknown.code === 'unknown_signer' && unknown.keyId !== undefined)
    const publisherKeys = [{ keyId: unknown.keyId, spkiPem, publisher: 'Example Works' }]
    const verdict = await verifyPackage(bytes, { publisherKeys })
    assert.ok(verdict.ok)
    const text = await readFile(guide, 'utf8')
    const named = [...text.matchAll(/asks for `([a-z]+:[a-z0-9]+)`/g)].map((match) => match[1])
    assert.deepEqual(scopesOf(verdict.manifest).required, named)

    // The same folder against the server's own data, before anything of it is installed there.
    const { entities, relations, source } = world.graph
    const command = (...args: string[]) => runCommand(args, { folder: work.path, data: server.folder })
    const imported = await command(
      'graph',
      'import',
      '--source',
      JSON.stringify(source),
      '--entities',
      JSON.stringify(entities),
      '--relations',
      JSON.stringify(relations),
    )
    assert.equal(imported.code, 0, imported.err)
    await writeFile(join(work.path, 'hello', 'src', 'index.js'), probe)
    const ran = await command('plugin', 'dev', 'hello', '--once', '--server', '--json')
    assert.deepEqual(ran.json<{ result: unknown }>().result, {
      ok: true,
      found: [{ name: 'Example Works, on the server' }],
    })
    const { calls } = ran.json<{ calls: { method: string; denial?: { code: string } }[] }>()
    assert.deepEqual(
      calls.map(({ method, denial }) => [method, denial?.code]),
      [
        ['graph.search', undefined],
        ['cases.addEntities', 'CapabilityDenied'],
      ],
    )
  },
)

test(
  'the author’s guide, followed to the letter, goes from an empty folder to a run in the product and its receipts',
  { timeout: 300_000 },
  async () => {
    await using work = await temporaryFolder()
    await using server = await startServer()
    const steps = await followGuide(new URL('write-a-plugin.md', guides), work.path, {
      SWITCHBOARD_DATA: server.folder,
    })
    const said = (start: string) =>
      steps.filter(({ line }) => line.startsWith(`switchboard ${start}`)).map(({ out }) => out)
    assert.match(
      said('plugin dev')[0] ?? '',
      /Result[\s\S]*Example Works[\s\S]*Budgets {2}time [\s\S]*Sandbox {2}level /,
    )
    assert.match(said('plugin dev')[1] ?? '', /owns example\.org/)
    assert.match(said('plugin test')[0] ?? '', /pass {2}tells what is near[\s\S]*3 passed, 0 failed/)
    assert.match(said('plugin run')[0] ?? '', /run_[0-9a-f]{32}[\s\S]*receipt rct_[0-9a-f]{32}/)
    assert.match(said('run log')[0] ?? '', /looked around 0/)
    assert.match(
      said('receipt list')[0] ?? '',
      /outcome +allowed +plugin\.run +\S+ +hello +(?:full|reduced|development)/,
    )
    assert.match(said('plugin revoke')[0] ?? '', /receipt rct_/)
    assert.equal(steps.length, 16)
  },
)
