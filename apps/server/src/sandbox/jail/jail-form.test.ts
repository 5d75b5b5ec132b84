import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launchPlainProcess } from '../launch-plain-process.ts'
import type { LaunchOrder, LaunchRunner } from '../launch.ts'
import { readIfThere } from '../testing/read-if-there.ts'
import { ffiPackage } from './ffi.ts'
import { findCgroups } from './find-cgroups.ts'
import { createJailForm } from './jail-form.ts'
import { createMemoryWatchdog } from './memory-watchdog.ts'
import { openJails } from './open-jails.ts'
import type { Jails, JailSettings } from './open-jails.ts'

const skip = process.platform !== 'linux' && 'the jail is made of what Linux has'
const runnerPath = fileURLToPath(new URL('./testing/ending/ending.js', import.meta.url))

function orderHere(): LaunchOrder {
  return {
    nodePath: process.execPath,
    nodeFlags: ['--no-warnings'],
    runnerPath,
    packages: [ffiPackage().package],
  }
}

function openForm(
  level: 'full' | 'reduced',
  settings: Partial<JailSettings> = {},
): [Jails, LaunchRunner | undefined] {
  const jails = openJails({ level: 'auto', ...settings })
  return [jails, jails.forms.find((form) => form.level === level)?.launch]
}

/** What it says first, or how it ended. */
async function tell(launch: LaunchRunner, wish: object, thenKill = true): Promise<string> {
  const runner = launch(orderHere())
  runner.channel.write(JSON.stringify({ ...wish, ffi: ffiPackage() }))
  runner.channel.on('error', () => {})
  const first = new Promise<string>((resolve) =>
    runner.channel.once('data', (data: Buffer) => resolve(data.toString('utf8').trim())),
  )
  const hold = setTimeout(() => runner.kill(), 30_000)
  const said = await Promise.race([first, runner.exited])
  if (thenKill) runner.kill()
  await runner.exited
  clearTimeout(hold)
  return said
}

for (const level of ['full', 'reduced'] as const) {
  test(`${level}: a runner can end itself, by signal, abort and exit`, { skip }, async (t) => {
    const [jails, launch] = openForm(level)
    t.after(() => jails.close())
    if (launch === undefined) return t.skip(`full is not to be had here: ${jails.mendFor('reduced')}`)
    // 137 is bubblewrap's word for a child that was killed, 139 for the trap that ends abort in process 1.
    assert.match(await tell(launch, { do: 'kill' }, false), /SIGKILL|exit code (137|139|132|133|134)/)
    assert.match(await tell(launch, { do: 'abort' }, false), /SIGABRT|exit code (134|139|132|133)/)
    assert.match(await tell(launch, { do: 'exit' }, false), /exit code 0/)
  })

  test(`${level}: threads end at the limit of the cgroup`, { skip }, async (t) => {
    const [jails, launch] = openForm(level)
    t.after(() => jails.close())
    if (launch === undefined || jails.basis.cgroups === undefined)
      return t.skip(`no cgroup to be had here: ${jails.mendFor('reduced')}`)
    const made = Number(await tell(launch, { do: 'threads' }))
    assert.ok(made < 64, `${made} threads`)
  })
}

test('without a cgroup, and without a jail, threads have no such limit', { skip }, async (t) => {
  const [jails, launch] = openForm('reduced', { without: ['cgroup'], bwrapPath: null })
  t.after(() => jails.close())
  assert.ok(launch)
  assert.equal(Number(await tell(launch, { do: 'threads' })), 200)
  assert.equal(Number(await tell(launchPlainProcess, { do: 'threads' })), 200)
})

test(
  'what bubblewrap leaves when it is killed in the midst of starting is ended too',
  { skip },
  async (t) => {
    const found = findCgroups()
    if ('missing' in found) return t.skip(`no cgroup to be had here: ${found.missing}`)
    t.after(() => found.cgroups.close())
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-bwrap-'))
    t.after(() => rmSync(folder, { recursive: true }))
    // As bubblewrap between its clone and the word for which its child waits: for ever, when the one that would give it is gone.
    const bwrapPath = join(folder, 'bwrap')
    const script = `#!/bin/sh
    tries=0
    until grep -q -- '-start$' /proc/self/cgroup
    do tries=$((tries + 1)); [ $tries -gt 1000 ] && exit 3; done
    sleep 600 &
    exec sleep 600`
    writeFileSync(bwrapPath, script, { mode: 0o755 })
    const watchdog = createMemoryWatchdog()
    const form = createJailForm({ level: 'full', bwrapPath, cgroups: found.cgroups, watchdog })
    const runner = form.launch(orderHere())
    runner.channel.on('error', () => {})
    const children = `/proc/${runner.pid}/task/${runner.pid}/children`
    let child = ''
    while (child === '' && existsSync(children)) {
      // Only the one that stays: looking for its own group starts others.
      const isStarted = readFileSync(`/proc/${runner.pid}/cmdline`, 'utf8').startsWith('sleep')
      child = isStarted ? readFileSync(children, 'utf8').trim() : ''
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.match(child, /^[0-9]+$/, 'it was not taken in')
    runner.kill()
    await runner.exited
    const isThere = () => {
      const stat = readIfThere(`/proc/${child}/stat`)
      return stat.includes('(sleep)') && !stat.includes(') Z ')
    }
    for (let i = 0; i < 100 && isThere(); i += 1) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(isThere(), false)
  },
)

test('a bubblewrap that is not there takes nobody in, least of all this server', { skip }, async (t) => {
  const found = findCgroups()
  if ('missing' in found) return t.skip(`no cgroup to be had here: ${found.missing}`)
  t.after(() => found.cgroups.close())
  const before = readFileSync('/proc/self/cgroup', 'utf8')
  const options = {
    level: 'full',
    bwrapPath: '/nonexistent/bwrap',
    watchdog: createMemoryWatchdog(),
  } as const
  const runner = createJailForm({ ...options, cgroups: found.cgroups }).launch(orderHere())
  runner.channel.on('error', () => {})
  assert.match(await runner.exited, /not started: .*ENOENT/)
  assert.equal(readFileSync('/proc/self/cgroup', 'utf8'), before)
})

test('a runner that cannot be started has ended, with the reason', { skip }, async (t) => {
  const [jails, launch] = openForm('reduced')
  t.after(() => jails.close())
  assert.ok(launch)
  const missing = launch({ ...orderHere(), packages: ['no-such-package'] })
  assert.match(await missing.exited, /not started: .*no-such-package/)
  missing.kill()
  assert.equal(missing.readUsage(), undefined)
})
