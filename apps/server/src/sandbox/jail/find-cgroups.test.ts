import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { makeRunnerGroup, membersOf } from './cgroup.ts'
import { version2 } from './cgroup-dialects.ts'
import { findCgroups } from './find-cgroups.ts'
import { isRunning, nameServerFolder, parseServerFolder } from './server-folder.ts'

const skip = process.platform !== 'linux' && 'cgroups are a part of Linux'

/** The files of a group of version 2, as the kernel shows them; a machine has one version or the other. */
function makeVersion2(t: TestContext, own: string, controllers = 'cpu memory pids') {
  const mount = mkdtempSync(join(tmpdir(), 'switchboard-cgroup-'))
  t.after(() => rmSync(mount, { recursive: true }))
  const folder = join(mount, own)
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of [
    ['cgroup.controllers', controllers],
    ['cgroup.subtree_control', ''],
    ['cgroup.type', 'domain'],
    ['cgroup.procs', ''],
  ] as const)
    writeFileSync(join(folder, name), text)
  const mounts = `30 20 0:26 / ${mount} rw,nosuid - cgroup2 cgroup2 rw`
  return { mount, folder, sources: { mounts, membership: `0::/${own}\n` } }
}

test('a service of version 2 moves down one level and hands the controllers out', { skip }, (t) => {
  const { folder, sources } = makeVersion2(t, 'system.slice/switchboard.service')
  writeFileSync(join(folder, 'cgroup.procs'), `${process.pid}\n`)
  // The folder made for this server has no files here, where the kernel would have put them: that ends it, after the moves.
  const found = findCgroups(sources)
  assert.ok('missing' in found)
  assert.equal(readFileSync(join(folder, 'switchboard-server', 'cgroup.procs'), 'utf8'), String(process.pid))
  assert.equal(readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8'), '+memory +pids +cpu')
})

test('a group that strangers live in is left alone, and the line says what to do', { skip }, async (t) => {
  const { folder, sources } = makeVersion2(t, 'user.slice/session-1.scope')
  const stranger = spawn(process.execPath, ['--eval', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  t.after(() => stranger.kill('SIGKILL'))
  writeFileSync(join(folder, 'cgroup.procs'), `${process.pid}\n${stranger.pid}\n`)
  const found = findCgroups(sources)
  assert.ok('missing' in found)
  assert.match(found.missing, new RegExp(`process ${stranger.pid} shares`))
  assert.match(found.mend, /Delegate=yes/)
  assert.equal(existsSync(join(folder, 'switchboard-server')), false)
})

test('a system without the controllers, or without cgroups, has none', { skip }, (t) => {
  assert.ok('missing' in findCgroups(makeVersion2(t, 'a.service', 'cpuset io').sources))
  assert.ok('missing' in findCgroups({ mounts: '', membership: '' }))
  assert.ok('missing' in findCgroups({ mounts: 'nonsense\n - \n', membership: '::\n0::\n' }))
})

test('version 2: limits are written, and the account is read from its files', { skip }, (t) => {
  const { folder } = makeVersion2(t, 'x.service')
  const dialect = version2(folder)
  const files = new Map([
    ['memory.current', '123456\n'],
    ['cpu.stat', 'usage_usec 4321\nuser_usec 4000\nsystem_usec 321\n'],
    ['memory.events', 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n'],
  ])
  const written: Record<string, string> = {}
  const group = {
    has: (file: string) => files.has(file),
    read: (file: string) => files.get(file) ?? assert.fail(file),
    write: (file: string, value: string) => void (written[file] = value),
  }
  dialect.limitMemory(group, 1000.5)
  assert.equal(written['memory.max'], '1001')
  assert.deepEqual(dialect.readUsage(group), { cpuMicros: 4321, residentBytes: 123_456 })
  assert.equal(dialect.outOfMemory(group), true)
  files.set('memory.events', 'oom 3\noom_kill 0\n')
  assert.equal(dialect.outOfMemory(group), false)
  // A limit that cannot be set is no group at all.
  assert.throws(() => makeRunnerGroup(dialect, 'runner-1'), /no pids.max/)
  assert.equal(existsSync(join(folder, 'runner-1')), false)
})

const found = skip === false ? findCgroups() : { missing: skip, mend: '' }
const noCgroup = 'missing' in found ? `no cgroup may be made here: ${found.missing}` : false
if ('cgroups' in found) await found.cgroups.close()

test(
  'a real group counts, limits, tells of its end, and leaves nothing behind',
  { skip: noCgroup },
  async () => {
    const opened = findCgroups()
    assert.ok('cgroups' in opened)
    const group = opened.cgroups.make()
    const fill = `require('fs').writeSync(3, '0'); ${group.entries
      .slice(1)
      .map((_, i) => `require('fs').writeSync(${i + 4}, '0');`)
      .join(' ')}
    const kept = []; process.stdout.write('in'); process.stdin.once('data', () => { for (;;) kept.push(Buffer.alloc(1e6, 1)) })`
    const child = spawn(process.execPath, ['--eval', fill], {
      stdio: ['pipe', 'pipe', 'inherit', ...group.entries],
    })
    await new Promise((resolve) => child.stdout?.once('data', resolve))
    assert.deepEqual(group.members(), [child.pid])
    for (const folder of group.folders) assert.deepEqual(membersOf(folder), [child.pid])
    const before = group.readUsage()
    assert.ok(before !== undefined && before.cpuMicros >= 0)
    const limit = before.residentBytes + 64 * 1024 * 1024
    group.limitMemory(limit)
    assert.equal(group.outOfMemory(), false)
    child.stdin?.write('fill')
    await new Promise((resolve) => child.once('exit', resolve))
    assert.equal(group.outOfMemory(), true)
    const after = group.readUsage()
    assert.ok(after !== undefined && (after.peakBytes ?? 0) <= limit)
    await opened.cgroups.close()
    for (const folder of group.folders) assert.equal(existsSync(folder), false)
  },
)

test('what a killed server left is ended and removed by the next one', { skip: noCgroup }, async () => {
  const source = `
    const { findCgroups } = await import(${JSON.stringify(new URL('./find-cgroups.ts', import.meta.url).href)})
    const { spawn } = await import('node:child_process')
    const { writeFileSync } = await import('node:fs')
    const group = findCgroups().cgroups.make()
    const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true })
    for (const folder of group.folders) writeFileSync(folder + '/cgroup.procs', String(child.pid))
    console.log(JSON.stringify(group.folders))
    setInterval(() => {}, 1000)`
  const server = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const folders = JSON.parse(
    await new Promise<string>((resolve) =>
      server.stdout.once('data', (data: Buffer) => resolve(String(data))),
    ),
  ) as string[]
  const gone = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGKILL')
  await gone
  assert.equal(membersOf(folders[0] ?? '').length, 1)
  const next = findCgroups()
  assert.ok('cgroups' in next)
  for (let i = 0; i < 200 && folders.some((folder) => existsSync(folder)); i += 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(
    folders.filter((folder) => existsSync(folder)),
    [],
  )
  await next.cgroups.close()
})

test('whose groups a folder holds is told by process, start and namespace', { skip }, () => {
  const own = parseServerFolder(nameServerFolder())
  assert.ok(own !== undefined && isRunning(own))
  assert.equal(isRunning({ ...own, startedAt: '1' }), false)
  assert.equal(isRunning({ ...own, startedAt: '1', namespace: '7' }), true)
  for (const name of ['switchboard-server', 'switchboard-1-2-3', 'switchboard-x-1-1-1', 'other'])
    assert.equal(parseServerFolder(name), undefined)
})
