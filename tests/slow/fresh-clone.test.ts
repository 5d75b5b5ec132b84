import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import test from 'node:test'
import { outputOf } from '../support/output-of.ts'

const root = resolve(import.meta.dirname, '../..')
const stub = `
process.on('SIGTERM', () => process.exit(7))
console.log('started', process.versions.node.split('.')[0], process.argv.slice(2).join())
if (process.argv[2] === '--wait') setInterval(() => {}, 1000)
`

test('a fresh clone starts by one command, survives a cut install, and installs again only when the lock file changes', async (t) => {
  const clone = mkdtempSync(join(tmpdir(), 'switchboard-clone-'))
  t.after(() => rmSync(clone, { recursive: true, force: true }))
  execFileSync('git', ['clone', '--quiet', root, clone])
  // What is started here is a stub: the question is what happens before it.
  writeFileSync(join(clone, 'apps/server/src/main.ts'), stub)

  const cut = start(clone, ['--first'])
  await cut.output.says('stderr', /Installing/, 60)
  cut.end('SIGTERM')
  assert.notEqual((await cut.ended).code, 0)

  const first = await start(clone, ['--second']).ended
  assert.match(first.err, /Installing .* done in [\d.]+ s\nBuilding the console … done in [\d.]+ s\n/)
  assert.equal(first.out, 'started 24 --second\n')
  assert.equal(first.code, 0)

  const third = await start(clone, ['--third']).ended
  assert.deepEqual([third.out, third.err], ['started 24 --third\n', ''])

  const record = join(clone, 'node_modules/.package-lock.json')
  writeFileSync(
    record,
    readFileSync(record, 'utf8').replace('"node_modules/fastify"', '"node_modules/renamed"'),
  )
  writeFileSync(
    join(clone, 'package-lock.json'),
    `${readFileSync(join(clone, 'package-lock.json'), 'utf8')}\n`,
  )
  assert.match((await start(clone, []).ended).err, /Installing .* done/)

  const waiting = start(clone, ['--wait'])
  await waiting.output.says('stdout', /started/, 60)
  waiting.end('SIGTERM')
  assert.equal((await waiting.ended).code, 7)
})

/** Runs the start script with the host's Node, as `npm start` does on a machine that has nothing else. */
function start(clone: string, args: readonly string[]) {
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter)
  // Not as a child of npm: its settings for this repository would follow into the clone.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_/i.test(name)))
  const child = spawn('node', ['scripts/start.mjs', ...args], { cwd: clone, env: { ...env, PATH: path } })
  const output = outputOf(child)
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done, failed) => {
    child.on('error', failed)
    child.on('close', (code) => done({ code, out: output.text('stdout'), err: output.text('stderr') }))
  })
  return { ended, output, end: (signal: NodeJS.Signals) => child.kill(signal) }
}
