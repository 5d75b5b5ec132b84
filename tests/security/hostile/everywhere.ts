// `npm run test:security`: the hostile programs at each level, as root and as an ordinary user. `-- --level reduced`
// and `-- --class bridge` narrow it.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeResult } from '../../../scripts/bootstrap/result.mjs'
import type { Failure } from '../../../scripts/bootstrap/result.mjs'
import { delegateCgroups } from '../../support/delegate-cgroups.ts'
import { hostileClasses } from './classes/index.ts'

const { values: options } = parseArgs({
  options: { level: { type: 'string' }, class: { type: 'string' }, user: { type: 'string' } },
})
const ordinaryUser = 54_321
const isRoot = process.getuid?.() === 0
const suite = join(import.meta.dirname, 'hostile-suite.ts')
const reporter = new URL('../../../scripts/bootstrap/count-reporter.mjs', import.meta.url).pathname

interface Place {
  readonly level: 'full' | 'reduced'
  /** Another user than the one who runs this. */
  readonly uid?: number
}
interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skips: readonly { readonly name: string; readonly reason: string }[]
  readonly failures: readonly Failure[]
}

const places: readonly Place[] = (['full', 'reduced'] as const)
  .filter((level) => options.level === undefined || options.level === level)
  .flatMap((level): Place[] => (isRoot ? [{ level }, { level, uid: ordinaryUser }] : [{ level }]))
  .filter(({ uid }) => options.user === undefined || (options.user === 'root') === (uid === undefined))

const total = { passed: 0, failed: 0, skipped: 0 }
const failures: Failure[] = []
const programs = hostileClasses.reduce((sum, each) => sum + each.programs.length, 0)
process.stdout.write(`${hostileClasses.length} classes, ${programs} hostile programs\n`)
for (const place of places) {
  const title = `level ${place.level}, ${isRoot && place.uid === undefined ? 'as root' : 'as an ordinary user'}`
  const missing = whyNot(place)
  if (missing !== undefined) {
    process.stdout.write(`\nskipped: ${title}: ${missing}\n`)
    total.skipped += 1
    continue
  }
  process.stdout.write(`\n== ${title}\n`)
  const counts = await perform(place)
  for (const { name, reason } of counts.skips) process.stdout.write(`skipped: ${name}: ${reason}\n`)
  total.passed += counts.passed
  total.failed += counts.failed
  total.skipped += counts.skips.length
  failures.push(...counts.failures)
}
const line = `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`
process.stdout.write(`\n${line}\n`)
writeResult(total, failures)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

function whyNot({ uid }: Place): string | undefined {
  if (process.platform !== 'linux') return 'the jail is made of what Linux has'
  if (uid === undefined) return undefined
  const { status } = spawnSync('/bin/sh', ['-c', 'test -r "$0"', suite], { uid, gid: uid })
  return status === 0 ? undefined : 'the folder of this repository is closed to other users'
}

async function perform(place: Place): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-hostile-'))
  // The counts are written by whoever runs the suite.
  chmodSync(folder, 0o777)
  const countsFile = join(folder, 'counts.json')
  const nodeArguments = [
    '--no-node-snapshot',
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-isolation=none',
    '--test-force-exit',
    '--test-timeout=900000',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${countsFile}`,
    suite,
  ]
  // A shell that waits for a line: the process must be in its cgroups before it looks for them.
  const child = spawn(
    '/bin/sh',
    ['-c', 'read -r go && exec "$@"', 'sh', process.execPath, ...nodeArguments],
    {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: {
        PATH: process.env['PATH'] ?? '',
        SWITCHBOARD_HOSTILE_LEVEL: place.level,
        ...(options.class === undefined ? {} : { SWITCHBOARD_HOSTILE_CLASS: options.class }),
      },
      ...(place.uid === undefined ? {} : { uid: place.uid, gid: place.uid }),
    },
  )
  const isDelegated = place.level === 'full' && place.uid !== undefined && child.pid !== undefined
  const takeAway = isDelegated ? delegateCgroups(child.pid, place.uid) : undefined
  child.stdin.end('go\n')
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  await takeAway?.()
  try {
    const counts = JSON.parse(readFileSync(countsFile, 'utf8')) as Counts
    return exitCode === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 }
  } catch {
    // It ended before its reporter could write: that is no success.
    return { passed: 0, failed: 1, skips: [], failures: [] }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
