// Builds the web console when what it is made from has changed. Plain JavaScript: it runs on the host's own Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { root } from './install.mjs'
import { findNode24 } from './node-24.mjs'

const builtFolder = join(root, 'apps/web/dist')
// Written last: a build that was cut short, or made by hand, has none.
const lastFile = join(builtFolder, 'index.html.br')
const stampFile = join(root, '.cache/console.sha256')
const lockFile = join(root, '.cache/console.lock')
/** The console itself, the catalogue its client and forms come from, the verifier it checks evidence with, and their libraries. */
const madeFrom = [
  'apps/web',
  'packages/api/src',
  'packages/verifier/src',
  'packages/verifier/page/src',
  'package-lock.json',
  'scripts/bootstrap/console.mjs',
]
const compressed = /\.(js|css|svg|html|wasm)$/
/** Level 11 takes 2.5 times as long, for 2 % fewer bytes. */
const brotliLevel = 10
/** How long a lock may be without its maker's id. */
const unnamedMs = 5_000

/**
 * Builds it unless what is there is of these sources. Of two that come at once the second one waits for the first.
 *
 * @throws {Error} with what the build said.
 */
export function ensureConsole() {
  const wanted = digest()
  const isThere = () =>
    existsSync(lastFile) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted
  if (isThere()) return
  const release = takeLock()
  try {
    if (!isThere()) build(wanted)
  } finally {
    release()
  }
}

/** @param {string} wanted */
function build(wanted) {
  const startedAt = Date.now()
  process.stderr.write('Building the console … ')
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const { status, stdout, stderr } = spawnSync(findNode24(), [vite, 'build', '--logLevel=error'], {
    cwd: join(root, 'apps/web'),
    // Whatever the caller runs under: other modes write styles that the console's own policy refuses.
    env: { ...process.env, NODE_ENV: 'production' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`The console could not be built:\n${stdout}${stderr}`.trim())
  compressFiles()
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, wanted)
  process.stderr.write(`done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`)
}

/** A file that one process can make, with its id in it; one whose process is gone is taken away. */
function takeLock() {
  mkdirSync(dirname(lockFile), { recursive: true })
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
      return () => rmSync(lockFile, { force: true })
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
    }
    if (!isHeld()) rmSync(lockFile, { force: true })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  }
}

/** Whether the process that made the file still is. Without its id it was made just now, or by one that was cut short. */
function isHeld() {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8'))
    if (pid === 0) return Date.now() - statSync(lockFile).mtimeMs < unnamedMs
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process is one all the same.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

/** Once, here: a server that compresses each answer spends its time on what never changes. */
function compressFiles() {
  const paths = readdirSync(builtFolder, { recursive: true, encoding: 'utf8' })
  for (const path of paths.filter((each) => compressed.test(each)).sort((a, b) => rank(a) - rank(b))) {
    const file = join(builtFolder, path)
    const bytes = readFileSync(file)
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: brotliLevel,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    }
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }))
  }
}

/** @param {string} path */
function rank(path) {
  return path === 'index.html' ? 1 : 0
}

function digest() {
  const sum = createHash('sha256')
  for (const file of madeFrom.flatMap((path) => [...filesBelow(path)]).sort())
    sum
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  return sum.digest('hex')
}

/**
 * @param {string} path
 * @returns {Generator<string>}
 */
function* filesBelow(path) {
  if (statSync(join(root, path)).isFile()) return yield path
  for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
    if (entry.name === 'dist' || entry.name === 'node_modules' || /\.test\.tsx?$/.test(entry.name)) continue
    const file = `${path}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(file)
    else if (entry.isFile()) yield file
  }
}
