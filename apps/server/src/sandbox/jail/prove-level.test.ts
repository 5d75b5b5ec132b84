import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Fault } from '../../kernel/fault.ts'
import { createSandbox } from '../create-sandbox.ts'
import { findBwrap, mendBwrap, mendNamespaces } from './find-bwrap.ts'
import { findCgroups } from './find-cgroups.ts'
import type { JailSettings } from './open-jails.ts'
import { proves } from './probe.ts'

const linux = process.platform === 'linux'
const skip = !linux && 'the jail is made of what Linux has'

async function reach(jail: JailSettings) {
  const logged: string[] = []
  const sandbox = await createSandbox({ poolSize: 1, jail, log: (line) => logged.push(line) })
  const { level, mend, canaries } = sandbox
  await sandbox.close()
  return { level, mend, canaries, logged }
}

const found = linux ? findCgroups() : { missing: 'no Linux' }
if ('cgroups' in found) await found.cgroups.close()
const noFull =
  skip ||
  (findBwrap() === undefined && 'bubblewrap is not installed') ||
  ('missing' in found && `no cgroup: ${found.missing}`)

test('with everything there the level is full, and nothing is to mend', { skip: noFull }, async () => {
  const { level, mend, canaries } = await reach({ level: 'auto' })
  assert.equal(level, 'full')
  assert.equal(mend, undefined)
  assert.equal(canaries?.length, 10)
  assert.ok(proves(canaries ?? []))
})

test('without bubblewrap the level is reduced, and the line says to install it', { skip }, async () => {
  const { level, mend } = await reach({ level: 'auto', bwrapPath: null })
  assert.equal(level, 'reduced')
  assert.equal(mend, mendBwrap)
})

test('a bubblewrap that makes no namespaces is noticed by its runner', { skip: noFull }, async () => {
  const { level, mend, logged } = await reach({ level: 'auto', without: ['namespaces'] })
  assert.equal(level, 'reduced')
  assert.equal(mend, mendNamespaces())
  assert.match(logged.join('\n'), /shares the user namespace/)
})

test('without cgroups the level is reduced, and the line says how to get one', { skip: noFull }, async () => {
  const { level, mend } = await reach({ level: 'auto', without: ['cgroup'] })
  assert.equal(level, 'reduced')
  assert.match(mend ?? '', /Delegate=yes/)
})

test('without seccomp there is no jail: the level is development', { skip }, async () => {
  const { level, mend } = await reach({ level: 'auto', without: ['seccomp'], bwrapPath: null })
  assert.equal(level, 'development')
  assert.ok(mend)
})

test('without Landlock a canary reads the file, and reduced is not reached', { skip }, async () => {
  const { level, logged } = await reach({ level: 'auto', without: ['landlock'], bwrapPath: null })
  assert.equal(level, 'development')
  assert.match(logged.join('\n'), /host file escaped/)
})

test(
  'a level that is demanded and not reached stops the start, with the line that mends it',
  { skip },
  async () => {
    const missing = reach({ level: 'full', bwrapPath: null })
    await assert.rejects(
      missing,
      (error) =>
        error instanceof Fault &&
        error.code === 'sandbox_level_not_reached' &&
        error.message.includes(mendBwrap),
    )
    await assert.rejects(
      reach({ level: 'reduced', bwrapPath: null, without: ['seccomp'] }),
      /sandbox does not reach/,
    )
  },
)

test(
  'a verdict is kept for the next start, and one about another machine or a spoilt one is not believed',
  { skip },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-verdict-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const cacheFile = join(folder, 'probe.json')
    const jail: JailSettings = { level: 'auto', bwrapPath: null, cacheFile }
    assert.equal((await reach(jail)).level, 'reduced')
    const kept = readFileSync(cacheFile, 'utf8')
    const forged = JSON.parse(kept) as { reduced: { key: string; verdict: { proved: boolean } } }
    assert.ok(forged.reduced.verdict.proved)
    // The key of a jail without Landlock is another one, so this verdict says nothing about it.
    assert.equal((await reach({ ...jail, without: ['landlock'] })).level, 'development')
    for (const [index, spoilt] of ['{', 'null', '{"reduced":{"key":"x"}}'].entries()) {
      // A file of its own, because this process remembers what it found in the others.
      const spoiltFile = join(folder, `spoilt-${index}.json`)
      writeFileSync(spoiltFile, spoilt)
      assert.equal((await reach({ ...jail, cacheFile: spoiltFile })).level, 'reduced', spoilt)
      assert.equal(
        (JSON.parse(readFileSync(spoiltFile, 'utf8')) as typeof forged).reduced.verdict.proved,
        true,
      )
    }
  },
)

test('the line about namespaces names the setting that forbids them', () => {
  const apparmor = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns'
  assert.match(
    mendNamespaces((file) => (file === apparmor ? '1' : undefined)),
    /apparmor_restrict_unprivileged_userns=0/,
  )
  assert.match(
    mendNamespaces((file) => (file.endsWith('max_user_namespaces') ? '0' : undefined)),
    /max_user_namespaces/,
  )
  assert.match(
    mendNamespaces(() => undefined),
    /container/,
  )
})

test('what only fails everywhere proves nothing, and what escapes disproves', () => {
  assert.equal(proves([{ canary: 'write', verdict: 'unproven' }]), false)
  assert.equal(proves([{ canary: 'mount', verdict: 'unproven' }]), true)
  assert.equal(proves([{ canary: 'mount', verdict: 'escaped' }]), false)
  assert.equal(proves([{ canary: 'write', verdict: 'held' }]), true)
})
