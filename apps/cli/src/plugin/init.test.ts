import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runCommand } from '../../../../tests/support/command.ts'
import { devCommand } from './dev.ts'
import { packCommand } from './pack.ts'
import { testCommand } from './test.ts'
import { inProcess, temporary, write } from './testing/author-folder.ts'

const compiler = fileURLToPath(new URL('../../../../node_modules/typescript/bin/tsc', import.meta.url))

for (const template of ['javascript', 'typescript']) {
  test(`a new ${template} plugin runs, passes its own tests, type-checks and packs`, async () => {
    await using work = await temporary()
    const made = await runCommand(['plugin', 'init', 'hello', '--template', template], { folder: work.path })
    assert.equal(made.code, 0, made.err)
    const folder = join(work.path, 'hello')
    const tested = await inProcess(testCommand, folder)
    assert.equal(tested.code, 0, tested.out + tested.err)
    assert.match(tested.out, /3 passed, 0 failed/)
    const ran = await inProcess(devCommand, folder, '--once', '--json')
    assert.equal(ran.code, 0, ran.err)
    assert.deepEqual(JSON.parse(ran.out).result.found.length, 2)
    const packed = await inProcess(packCommand, folder, '--out', join(work.path, 'out'), '--json')
    assert.equal(packed.code, 0, packed.err)
    const { skipped } = JSON.parse(packed.out)
    for (const path of ['tests', 'fixtures', 'input.json', 'switchboard.d.ts', 'manifest.schema.json'])
      assert.ok(skipped.includes(path), path)

    const check =
      template === 'typescript'
        ? ['-p', folder]
        : [
            '--noEmit',
            '--checkJs',
            '--allowJs',
            '--strict',
            '--target',
            'es2023',
            '--lib',
            'es2023',
            '--module',
            'esnext',
            '--moduleResolution',
            'bundler',
            '--types',
            '',
            join(folder, 'src/index.js'),
            join(folder, 'switchboard.d.ts'),
          ]
    const run = promisify(execFile)
    await run(process.execPath, [compiler, ...check], { cwd: folder }).catch((error: { stdout?: string }) =>
      assert.fail(error.stdout ?? 'tsc failed'),
    )
    const source = join(folder, template === 'typescript' ? 'src/index.ts' : 'src/index.js')
    await writeFile(source, (await readFile(source, 'utf8')).replace('api.graph.search', 'api.graph.serach'))
    await assert.rejects(run(process.execPath, [compiler, ...check], { cwd: folder }), { stdout: /serach/ })
  })
}

test('init overwrites nothing, and refuses a name that no manifest may have', async () => {
  await using work = await temporary()
  const init = (...args: string[]) => runCommand(['plugin', 'init', ...args], { folder: work.path })
  await write(work.path, { 'mine/notes.txt': 'keep' })
  const taken = await init('mine')
  assert.equal(taken.code, 1)
  assert.match(taken.err, /EEXIST/)
  assert.deepEqual(await readdir(join(work.path, 'mine')), ['notes.txt'])
  for (const name of ['Upper', '../up', 'a_b', '', 'a'.repeat(65)]) {
    const refused = await init(name)
    assert.equal(refused.code, 1, name)
    assert.match(refused.err, /manifest\.json#\/name: .*Lower-case letters, digits and dashes/, name)
  }
  assert.equal((await init()).code, 2)
  assert.equal((await init('fine', '--template', 'cobol')).code, 2)
  assert.deepEqual(await readdir(work.path), ['mine'])
})
