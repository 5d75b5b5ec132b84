// `npm test`: every *.test.ts but those in tests/slow. `npm test -- gate tests/journeys` narrows by parts of paths,
// `--slow` runs tests/slow instead, and what else begins with `--` goes to Node's test runner as it is.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main, runNode24 } from './bootstrap/node-24.mjs'
import { writeResult } from './bootstrap/result.mjs'
import { sourceFiles } from './bootstrap/source-files.mjs'

/**
 * Two ways to run, because isolation costs a process per file: 200 small files took 1.2 s in one process and 50 s in
 * one each. Unit tests hold no shared state (house rule), so they share a process, or two when they are many. What
 * starts servers, kills processes, loads native code or measures memory gets a process of its own, two at a time on
 * two cores.
 */
const atOnce = 2
/** Fewer are done before a second process has loaded what they need. */
const filesWorthAProcess = 40
const isolatedFolders = ['tests/', 'samples/', 'apps/server/src/sandbox/', 'apps/cli/']

/**
 * Counts of one group, or of both. `note` says what the counts cannot.
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {{ name: string, reason: string }[]} skips
 * @property {import('./bootstrap/result.mjs').Failure[]} failures
 * @property {string} [note]
 */

await main(async (args) => {
  const slow = args.includes('--slow')
  const forNode = args.filter((arg) => arg.startsWith('--') && arg !== '--slow')
  const parts = args.filter((arg) => !arg.startsWith('--')).map((part) => part.replace(/^\.\//, ''))
  const files = sourceFiles()
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => file.startsWith('tests/slow/') === slow)
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  if (files.length === 0) {
    process.stderr.write(
      `No test file's path contains ${parts.join(' or ') || 'anything: there are none'}.\n`,
    )
    return 1
  }
  const isolated = files.filter((file) => isolatedFolders.some((folder) => file.startsWith(folder)))
  const shared = files.filter((file) => !isolated.includes(file))
  /** @type {Counts} */
  const total = { passed: 0, failed: 0, skips: [], failures: [] }
  // Forced exit: one forgotten timer in a shared process would otherwise hang the whole run without a word.
  const sharedOptions = ['--test-isolation=none', '--test-force-exit', '--test-timeout=60000']
  const isolatedOptions = [`--test-concurrency=${atOnce}`, `--test-timeout=${slow ? 900_000 : 300_000}`]
  const processes = Math.min(atOnce, Math.ceil(shared.length / filesWorthAProcess))
  // Dealt out like cards: neighbours are alike, and one process would get all that are slow.
  const hands = Array.from({ length: processes }, (_, hand) =>
    shared.filter((_file, place) => place % processes === hand),
  )
  const counted = await Promise.all(
    hands.map((hand, at) => run([...sharedOptions, ...forNode], hand, at > 0)),
  )
  for (const counts of counted) add(total, counts)
  if (isolated.length > 0) add(total, await run([...isolatedOptions, ...forNode], isolated))
  return report(total)
})

/**
 * Runs one group and returns its counts as Node's runner itself gives them, through a reporter that writes a file.
 * @param {readonly string[]} options
 * @param {readonly string[]} files
 * @param {boolean} [isAside] beside another one, whose report it is not to come between: its own follows when it is done
 */
async function run(options, files, isAside = false) {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-test-'))
  const countsFile = join(folder, 'counts.json')
  const reportFile = join(folder, 'report.txt')
  try {
    const exitCode = await runNode24(
      [
        '--test',
        // isolated-vm asks for it, and the flag cannot be set later in the process.
        '--no-node-snapshot',
        ...options,
        '--test-reporter=spec',
        `--test-reporter-destination=${isAside ? reportFile : 'stdout'}`,
        '--test-reporter=./scripts/bootstrap/count-reporter.mjs',
        `--test-reporter-destination=${countsFile}`,
        ...files,
      ],
      { NODE_ENV: 'test' },
    )
    if (isAside && existsSync(reportFile)) process.stdout.write(readFileSync(reportFile))
    return withExitCode(readCounts(countsFile), exitCode)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * @param {string} file
 * @returns {Counts}
 */
function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // The runner ended before its reporters could write: the exit code alone would not say that.
    return {
      passed: 0,
      failed: 1,
      skips: [],
      failures: [],
      note: 'The test runner ended before it could report.',
    }
  }
}

/**
 * @param {Counts} counts
 * @param {number} exitCode
 * @returns {Counts}
 */
function withExitCode(counts, exitCode) {
  if (exitCode === 0 || counts.failed > 0) return counts
  return {
    ...counts,
    failed: 1,
    note: `The test runner ended with exit code ${exitCode} though no test failed.`,
  }
}

/**
 * @param {Counts} total
 * @param {Counts} counts
 */
function add(total, counts) {
  total.passed += counts.passed
  total.failed += counts.failed
  total.skips.push(...counts.skips)
  total.failures.push(...counts.failures)
  if (counts.note) process.stdout.write(`${counts.note}\n`)
}

/** @param {Counts} total */
function report({ passed, failed, skips, failures }) {
  const unexplained = skips.filter(({ reason }) => !reason)
  for (const { name, reason } of skips)
    process.stdout.write(`skipped: ${name}: ${reason || 'NO REASON GIVEN'}\n`)
  if (unexplained.length > 0)
    process.stdout.write('A skipped test must say why: test(name, { skip: "reason" }, …).\n')
  const result = {
    passed,
    failed: failed + unexplained.length,
    skipped: skips.length - unexplained.length,
  }
  process.stdout.write(`\n${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped\n`)
  writeResult(result, failures)
  return result.failed > 0 ? 1 : 0
}
