// Builds the web console when what it is made from has changed. Plain JavaScript: it runs on the host's own Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { root } from './install.mjs'
import { findNode24 } from './node-24.mjs'

const builtFolder = join(root, 'apps/web/dist')
// Written last: a build that was cut short, or made by hand, has none.
const lastFile = join(builtFolder, 'index.html.br')
const stampFile = join(root, '.cache/console.sha256')
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

/** @throws {Error} with what the build said. */
export function ensureConsole() {
  const wanted = digest()
  if (existsSync(lastFile) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return
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
