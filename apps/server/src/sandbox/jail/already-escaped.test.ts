import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { delegateCgroups } from '../../../../../tests/support/delegate-cgroups.ts'
import { findBwrap } from './find-bwrap.ts'
import { execDescriptor, openFilesLimit } from './seccomp-filter.ts'
import type { Escaped, EscapedReport, ReportSettings } from './testing/report-escaped.ts'
import { readableByAnybody } from './tree.ts'

const reportPath = fileURLToPath(new URL('./testing/report-escaped.ts', import.meta.url))
const ordinaryUser = 54_321
const isRoot = process.getuid?.() === 0
const bwrapPath = findBwrap()
const noBwrap = bwrapPath === undefined && 'bubblewrap is not installed'
const notLinux = process.platform !== 'linux' && 'the jail is made of what Linux has'

/**
 * What the machine may refuse to everybody, so that its refusal in the jail proves nothing there. Everything else must
 * succeed in a plain process of the same user.
 */
const machineMayRefuse =
  /^(ptrace|mount|unshare|bpf|userfaultfd|keyctl|perf|io_uring|shmget|setns|process_vm|open the memory|allow itself|clone)/

/** A refusal, and not a failure of another kind. `EBADF` is what is left to say for a descriptor that cannot be made. */
const refusals = new Set([
  'EPERM',
  'EACCES',
  'ENOSYS',
  'ENOENT',
  'EINVAL',
  'ESRCH',
  'EROFS',
  'ERR_SYSTEM_ERROR',
])

interface Where {
  readonly user?: number
  /** Without user namespaces: in a namespace that forbids to make any more. */
  readonly noNamespaces?: boolean
  /** In cgroups handed over to the user, as `Delegate=yes` does. */
  readonly delegated?: boolean
}

async function report(t: TestContext, settings: ReportSettings, where: Where): Promise<EscapedReport> {
  const [file = '', ...args] = where.noNamespaces
    ? [
        bwrapPath ?? '',
        '--dev-bind',
        '/',
        '/',
        '--unshare-user',
        '--disable-userns',
        process.execPath,
        reportPath,
      ]
    : [process.execPath, reportPath]
  const identity = where.user === undefined ? {} : { uid: where.user, gid: where.user }
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { TMPDIR: '/tmp' },
    cwd: '/',
    ...identity,
  })
  t.after(() => child.kill('SIGKILL'))
  if (where.delegated && child.pid !== undefined) t.after(delegateCgroups(child.pid, where.user ?? 0))
  let [out, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')))
  // It waits for this line, and is in its cgroups by then.
  child.stdin.end(`${JSON.stringify(settings)}\n`)
  await new Promise((resolve) => child.once('close', resolve))
  assert.notEqual(out, '', errors)
  return JSON.parse(out) as EscapedReport
}

function assertHeld(control: Escaped, jailed: Escaped, except: readonly string[] = []): string {
  const escaped = Object.entries(jailed.results).filter(
    ([name, result]) => !refusals.has(result) && !except.includes(name),
  )
  assert.deepEqual(escaped, [], 'got through in the jail')
  const failedOutside = Object.entries(control.results).filter(([, result]) => result !== 'ok')
  const unproven = failedOutside.filter(([name]) => machineMayRefuse.test(name)).map(([name]) => name)
  assert.deepEqual(
    failedOutside.filter(([name]) => !unproven.includes(name)),
    [],
    'failed in a plain process',
  )
  assert.deepEqual(jailed.works, { thread: 'ok', 'signal itself': 'ok' })
  // The exec that the filter lets through has nothing left to run: the descriptor is gone, and its number out of reach.
  const { execveat, duplicate, exactly, highest } = jailed.exec
  assert.equal(execveat, 'EBADF')
  assert.notEqual(duplicate, 'ok')
  assert.equal(exactly, 'EBADF')
  assert.ok(highest < openFilesLimit && openFilesLimit < execDescriptor)
  const tried = Object.keys(jailed.results).length
  return `${tried} attempts, ${tried - unproven.length} of them possible outside; this machine refuses to everybody: ${unproven.join(', ') || 'none'}`
}

const users: readonly (readonly [string, number | undefined])[] = isRoot
  ? [
      ['root', undefined],
      ['an ordinary user', ordinaryUser],
    ]
  : [['an ordinary user', undefined]]

for (const [who, user] of users) {
  const unreadable =
    user !== undefined &&
    !readableByAnybody(reportPath) &&
    'the folder of this repository is closed to other users'
  test(
    `full, as ${who}: code in the runner's realm gets nowhere`,
    { skip: notLinux || noBwrap || unreadable },
    async (t) => {
      const delegated = user !== undefined
      const where = user === undefined ? {} : { user, delegated }
      const { control, jailed, why } = await report(t, { level: 'full', jail: {} }, where)
      if (jailed === undefined && !isRoot) return t.skip(`full is not reached here: ${why}`)
      assert.ok(jailed, why)
      t.diagnostic(assertHeld(control, jailed))
    },
  )

  test(
    `reduced, as ${who}: code in the runner's realm gets nowhere`,
    { skip: notLinux || unreadable },
    async (t) => {
      const where = user === undefined ? {} : { user }
      const { control, jailed, why } = await report(t, { level: 'reduced', jail: { bwrapPath: null } }, where)
      assert.ok(jailed, why)
      t.diagnostic(assertHeld(control, jailed))
    },
  )

  test(
    `reduced, as ${who}, with user namespaces off and no cgroup`,
    { skip: notLinux || noBwrap || unreadable },
    async (t) => {
      const where = { noNamespaces: true, ...(user === undefined ? {} : { user }) }
      const full = await report(t, { level: 'full', jail: {} }, where)
      assert.equal(full.jailed, undefined, 'full cannot be had where there are no user namespaces')
      const jail = { without: ['cgroup'] as const }
      const { control, jailed, why } = await report(t, { level: 'reduced', jail }, where)
      assert.ok(jailed, why)
      t.diagnostic(assertHeld(control, jailed))
    },
  )
}
