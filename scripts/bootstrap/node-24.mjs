import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { ensureInstalled, root } from './install.mjs'

/** node:sqlite and type stripping are what need it. */
const neededMajor = 24
const parentAtStart = process.ppid

/**
 * Finds a Node that runs our TypeScript: the pinned one from node_modules, else the one that runs this script.
 * The `node` package is not used: it fetches its binary outside the lock file.
 */
export function findNode24() {
  const system = process.platform === 'win32' ? 'win' : process.platform
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  const pinned = join(root, `node_modules/node-${system}-${process.arch}/bin/${file}`)
  // A binary can be there and still not run, as on a system with another C library: ask it.
  if (existsSync(pinned) && majorOf(spawnSync(pinned, ['-p', 'process.versions.node']).stdout) >= neededMajor)
    return pinned
  if (majorOf(process.versions.node) >= neededMajor) return process.execPath
  throw new Error(
    `Switchboard needs Node ${neededMajor} or newer. npm has no pinned Node for ${process.platform}-${process.arch} that runs here, ` +
      `and this is Node ${process.versions.node}. Install Node ${neededMajor}, then run the same command again.`,
  )
}

const majorOf = (/** @type {unknown} */ version) => Number.parseInt(String(version), 10) || 0

/**
 * Installs what is missing, runs Node 24 with `args` in the repository's root and resolves to its exit code
 * (128 + n when signal n ended it, as shells do).
 * @param {readonly string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<number>}
 */
export async function runNode24(args, env = {}) {
  const node = findNode24()
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: root,
    stdio: 'inherit',
    // Whatever the child starts as plain `node` must be this Node as well.
    env: { ...process.env, ...env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
  })
  forwardSignals(child)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}

/** @param {import('node:child_process').ChildProcess} child */
function forwardSignals(child) {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  process.on('SIGINT', () => {
    // Ctrl+C in a terminal reaches the child too; a second copy would read as "stop at once".
    if (!process.stdin.isTTY) child.kill('SIGINT')
  })
  // npm runs us in a shell, and that shell dies of a SIGTERM without passing it on: being orphaned is the signal then.
  // Only under npm, since `node scripts/start.mjs &` may well outlive its shell.
  if (process.env.npm_lifecycle_event)
    setInterval(() => process.ppid !== parentAtStart && child.kill('SIGTERM'), 500).unref()
}

/**
 * Runs a script's main function: one line on stderr for an expected failure, and its exit code kept.
 * @param {(args: string[]) => Promise<number>} run
 */
export async function main(run) {
  try {
    await ensureInstalled()
    process.exitCode = await run(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
