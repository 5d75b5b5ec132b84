// Builds the web console when what it is made from has changed. Plain JavaScript: it runs on the host's own Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './install.mjs'
import { findNode24 } from './node-24.mjs'

const builtFile = join(root, 'apps/web/dist/index.html')
const stampFile = join(root, '.cache/console.sha256')
/** The console itself, the catalogue its client and forms come from, the verifier it checks evidence with, and their libraries. */
const madeFrom = ['apps/web', 'packages/api/src', 'packages/verifier/src', 'package-lock.json']

/** @throws {Error} with what the build said. */
export function ensureConsole() {
  const wanted = digest()
  if (existsSync(builtFile) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return
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
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, wanted)
  process.stderr.write(`done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`)
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
  if (path === 'package-lock.json') return yield path
  for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
    if (entry.name === 'dist' || entry.name === 'node_modules' || /\.test\.tsx?$/.test(entry.name)) continue
    const file = `${path}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(file)
    else if (entry.isFile()) yield file
  }
}
