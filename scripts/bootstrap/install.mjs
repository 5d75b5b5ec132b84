// Plain JavaScript without dependencies: this runs on the host's own Node (20 or newer) before anything is installed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

const lockFile = join(root, 'package-lock.json')
const stampFile = join(root, 'node_modules/.switchboard-installed')
/** npm writes this as the last act of an install; it lists what really is in node_modules. */
const npmRecordFile = join(root, 'node_modules/.package-lock.json')
const busyFile = join(root, '.cache/install.pid')

/** Installs what package-lock.json asks for unless that is already there. Throws with the next step when npm fails. */
export async function ensureInstalled() {
  if (isInstalled()) return
  await whileNobodyElseInstalls(async () => {
    if (isInstalled()) return
    const startedAt = Date.now()
    // Both marks go before npm touches anything: an install that is cut short leaves neither.
    rmSync(stampFile, { force: true })
    rmSync(npmRecordFile, { force: true })
    const installed = npmCi()
    process.stderr.write('Installing the dependencies of package-lock.json (first start, or they changed) … ')
    await installed
    writeFileSync(stampFile, lockDigest())
    process.stderr.write(`done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`)
  })
}

function isInstalled() {
  if (!existsSync(lockFile))
    throw new Error('package-lock.json is missing: take it back from git, then try again.')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockDigest()) return true
  if (!recordMatchesLock()) return false
  writeFileSync(stampFile, lockDigest())
  return true
}

const lockDigest = () => createHash('sha256').update(readFileSync(lockFile)).digest('hex')

/** True after somebody's own complete `npm ci` or `npm install`, which should not be thrown away and done again. */
function recordMatchesLock() {
  if (!existsSync(npmRecordFile)) return false
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages
  const present = JSON.parse(readFileSync(npmRecordFile, 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true
    const found = present[path]
    // Packages for other systems are optional and stay absent.
    if (!found) return entry.optional === true || entry.devOptional === true || entry.peer === true
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

function npmCi() {
  const options = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  const npm = process.env.npm_execpath
  // npm_execpath is the npm that runs us, which may not be the one on PATH; other package managers set it too.
  const [command, args] =
    npm && basename(npm).startsWith('npm') ? [process.execPath, [npm, ...options]] : ['npm', options]
  // Without this an ended start would leave npm running, in the way of the next one. Heard from before npm exists: a
  // signal that came while it is being started would otherwise end us alone.
  const stop = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: command === 'npm' && process.platform === 'win32',
  })
  // Should we be killed, npm still works on: whoever comes next waits for it, not for us.
  if (child.pid) writeFileSync(busyFile, String(child.pid))
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stderr.on('data', (chunk) => (said += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new Error('npm could not be started. Install npm, then try again.', { cause })),
    )
    child.on('close', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, stop)
      if (code === 0) return resolve(undefined)
      const reason = signal ? `was ended by ${signal}` : `failed with exit code ${code}`
      reject(
        new Error(
          `npm ci ${reason}. It said:\n${said.trim()}\nOnce that is solved, run the same command again.`,
        ),
      )
    })
  })
}

/**
 * Two starts at once would delete each other's node_modules. The file holds the pid of the one at work.
 * @param {() => Promise<void>} work
 */
async function whileNobodyElseInstalls(work) {
  mkdirSync(join(root, '.cache'), { recursive: true })
  for (;;) {
    try {
      writeFileSync(busyFile, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    if (holderIsGone()) rmSync(busyFile, { force: true })
    else await new Promise((resolve) => setTimeout(resolve, 250))
  }
  try {
    await work()
  } finally {
    rmSync(busyFile, { force: true })
  }
}

function holderIsGone() {
  try {
    const pid = Number(readFileSync(busyFile, 'utf8'))
    if (pid > 0) process.kill(pid, 0)
    return false
  } catch (error) {
    return codeOf(error) === 'ESRCH'
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
