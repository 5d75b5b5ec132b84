// @ts-check
// Builds the sample plugins that are WebAssembly, from source, where their toolchain is: `node scripts/wasm-samples.mjs`.
// The modules lie beside their sources and are not committed: what is committed can be read.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const target = 'wasm32-unknown-unknown'

/** @typedef {{ built: string } | { skipped: string }} BuildResult `skipped` says what is missing */

/** @type {Readonly<Record<string, (folder: string) => BuildResult>>} by the name of the folder in samples/plugins */
const builds = {
  'identifier-validator': buildRust,
  'lookalike-domain': buildGo,
}

export const wasmSamples = Object.keys(builds)

/**
 * @param {string} name
 * @returns {BuildResult}
 * @throws {Error} with what the compiler said, when it is there and fails
 */
export function buildWasmSample(name) {
  const build = builds[name]
  if (build === undefined) throw new Error(`no such sample: ${name}`)
  return build(join(root, 'samples/plugins', name))
}

/**
 * What of a toolchain is not here, in words; undefined when it is whole.
 *
 * @param {'rust' | 'go'} toolchain
 */
export function missingToolchain(toolchain) {
  return toolchain === 'rust' ? missingRust() : missingGo()
}

function missingRust() {
  if (outputOf('cargo', ['--version']) === undefined) return 'Rust (cargo) is not installed'
  const library = outputOf('rustc', ['--print', 'target-libdir', '--target', target])
  if (library !== undefined && existsSync(library)) return undefined
  return `the Rust target ${target} is not installed (rustup target add ${target})`
}

function missingGo() {
  const version = /go1\.(\d+)/.exec(outputOf('go', ['version']) ?? '')?.[1]
  if (version === undefined) return 'Go is not installed'
  // Exports of a library are there from this version on.
  return Number(version) < 24 ? `Go 1.24 or newer is needed, and this is 1.${version}` : undefined
}

/** @param {string} folder @returns {BuildResult} */
function buildRust(folder) {
  const missing = missingRust()
  if (missing !== undefined) return { skipped: missing }
  const targetFolder = join(root, '.cache/cargo')
  mkdirSync(targetFolder, { recursive: true })
  run('cargo', ['build', '--quiet', '--release', '--locked', '--offline', '--target', target], folder, {
    CARGO_TARGET_DIR: targetFolder,
    // Paths of this machine are no part of the module.
    RUSTFLAGS: `--remap-path-prefix=${folder}=/plugin`,
  })
  const built = join(folder, 'identifier-validator.wasm')
  copyFileSync(join(targetFolder, target, 'release/identifier_validator.wasm'), built)
  return { built }
}

/** @param {string} folder @returns {BuildResult} */
function buildGo(folder) {
  const missing = missingGo()
  if (missing !== undefined) return { skipped: missing }
  const built = join(folder, 'lookalike-domain.wasm')
  const flags = ['-trimpath', '-buildvcs=false', '-buildmode=c-shared', '-ldflags=-s -w']
  run('go', ['build', ...flags, '-o', built, '.'], folder, {
    GOOS: 'wasip1',
    GOARCH: 'wasm',
    GOFLAGS: '',
    GOWORK: 'off',
  })
  return { built }
}

/** @param {string} command @param {string[]} args */
function outputOf(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', cwd: root })
  return status === 0 ? stdout.trim() : undefined
}

/** @param {string} command @param {string[]} args @param {string} cwd @param {Record<string, string>} env */
function run(command, args, cwd, env) {
  const { status, stderr, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of wasmSamples) {
    const result = buildWasmSample(name)
    process.stdout.write('built' in result ? `built   ${name}\n` : `skipped ${name}: ${result.skipped}\n`)
  }
}
