import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const reporter = fileURLToPath(new URL('count-reporter.mjs', import.meta.url))

interface Counted {
  readonly passed: number
  readonly failed: number
  readonly skips: readonly { readonly name: string; readonly reason: string }[]
  readonly failures: readonly { readonly name: string; readonly error: string }[]
}

/** What the reporter counts of a file of tests with this text. */
async function countedOf(text: string): Promise<Counted> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-count-'))
  try {
    const [file, counts] = [join(folder, 'some.test.mjs'), join(folder, 'counts.json')]
    await writeFile(file, `import { after, test } from 'node:test'\n${text}`)
    const options = ['--test', '--test-isolation=none', `--test-reporter=${reporter}`]
    const args = [...options, `--test-reporter-destination=${counts}`, file]
    // A runner that finds this in its environment believes that it is one of ours.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    await new Promise((done) => execFile(process.execPath, args, { env }, done))
    return JSON.parse(await readFile(counts, 'utf8')) as Counted
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('what passes, fails and is skipped is counted, with names, errors and reasons', async () => {
  const { passed, failed, skips, failures } = await countedOf(`
    test('right', () => {})
    test('wrong', () => { throw new Error('on purpose') })
    test('not here', { skip: 'for a reason' }, () => {})`)
  assert.deepEqual([passed, failed, skips], [1, 1, [{ name: 'not here', reason: 'for a reason' }]])
  assert.deepEqual(
    failures.map(({ name }) => name),
    ['wrong'],
  )
  assert.match(failures[0]?.error ?? '', /^Error: on purpose/)
})

test('what fails after the last test, in a hook of the whole file, fails the run', async () => {
  const { passed, failed, failures } = await countedOf(`
    after(() => { throw new Error('while clearing up') })
    test('right', () => {})`)
  assert.deepEqual([passed, failed], [1, 1])
  assert.match(failures[0]?.error ?? '', /^Error: while clearing up/)
})
