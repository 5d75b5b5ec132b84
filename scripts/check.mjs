// `npm run check`: everything that can be said about the code without running it. `-- lint types` runs only those.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { root } from './bootstrap/install.mjs'
import { findNode24, main } from './bootstrap/node-24.mjs'
import { writeResult } from './bootstrap/result.mjs'
import { sourceFiles } from './bootstrap/source-files.mjs'

/**
 * `summary` makes one line of what a tool printed: what it read. A check that read nothing has checked nothing, so a
 * summary that is undefined fails it, whatever its exit code.
 * @typedef {{ name: string, tool: string, args: string[], summary: (output: string) => string | undefined }} Check
 */

/**
 * Paths are passed by name and counted: a tool that finds its own way may also find nothing, and be glad (oxfmt, given
 * folders and one glob, silently drops the folders).
 */
const folders = ['apps', 'packages', 'samples', 'tests', 'bench', 'scripts', 'tools'].filter((folder) =>
  existsSync(join(root, folder)),
)
// Prose is not formatted: it would pad every table to its longest cell.
const formatted = [...sourceFiles(), ...jsonFiles()].filter(
  (file) => !/^tests\/fixtures|package-lock/.test(file),
)

const pageFolder = 'packages/verifier/page'
const inPage = (/** @type {string} */ file) =>
  file.startsWith(`${pageFolder}/src/`) && !file.endsWith('.test.ts')
const consoleFolder = 'apps/web'
const inConsole = (/** @type {string} */ file) => file.startsWith(`${consoleFolder}/`)

/** @type {Check[]} */
const checks = [
  typesCheck('tsconfig.json', 'types.tsbuildinfo', (file) => !inPage(file) && !inConsole(file)),
  // A browser has other names than Node, and a module that used the wrong ones would be caught by nobody but its reader.
  typesCheck(`${pageFolder}/tsconfig.json`, 'page-types.tsbuildinfo', inPage),
  typesCheck(consoleFolder, 'console-types.tsbuildinfo', inConsole),
  {
    name: 'lint',
    tool: 'oxlint/bin/oxlint',
    args: ['--type-aware', '--deny-warnings', '--report-unused-disable-directives', ...folders],
    summary: (output) => /on (\d+ files with \d+ rules)/.exec(output)?.[1]?.replace(/^/, 'read '),
  },
  {
    name: 'format',
    tool: 'oxfmt/bin/oxfmt',
    args: ['--check', ...formatted],
    summary: (output) => {
      const read = Number(/on (\d+) files/.exec(output)?.[1])
      return read === formatted.length ? `read ${read} files` : undefined
    },
  },
  {
    name: 'boundaries',
    tool: 'scripts/checks/boundaries.ts',
    args: [],
    summary: (output) => /^boundaries: (.*)$/m.exec(output)?.[1],
  },
  {
    name: 'unused',
    tool: 'knip/bin/knip.js',
    args: ['--no-progress', '--no-config-hints'],
    summary: () =>
      `read ${sourceFiles().length} modules for exports, files and dependencies that nothing uses`,
  },
  {
    name: 'repository',
    tool: 'scripts/checks/repository.ts',
    args: [],
    summary: (output) => /^repository: (.*)$/m.exec(output)?.[1],
  },
]

/**
 * @param {string} project
 * @param {string} cache
 * @param {(file: string) => boolean} isOurs
 * @returns {Check}
 */
function typesCheck(project, cache, isOurs) {
  // What has not changed since the last check is not checked again: 1 s instead of 20.
  const info = join(root, 'node_modules/.cache', cache)
  return {
    name: 'types',
    tool: 'typescript/bin/tsc',
    args: ['-p', project, '--listFiles', '--incremental', '--tsBuildInfoFile', info],
    summary: (output) => {
      // Sample plugins are guest code: input to the product, with no types of its own.
      const ours = sourceFiles().filter(
        (file) => /\.(tsx?|mjs)$/.test(file) && !file.startsWith('samples/plugins/') && isOurs(file),
      )
      const unread = ours.filter((file) => !output.includes(`/${file}\n`))
      return unread.length === 0 ? `read ${ours.length} modules of ${project}` : undefined
    },
  }
}

await main(async (names) => {
  const node = findNode24()
  const queue = checks.filter(({ name }) => names.length === 0 || names.includes(name))
  const result = { passed: 0, failed: 0, skipped: 0 }
  // One worker per core; all checks run even when one fails, so that one look shows everything.
  const worker = async () => {
    for (let check = queue.shift(); check; check = queue.shift()) result[await run(node, check)] += 1
  }
  await Promise.all(Array.from({ length: Math.max(2, cpus().length) }, worker))
  process.stdout.write(`check: ${result.passed} passed, ${result.failed} failed\n`)
  writeResult(result)
  return result.failed > 0 || result.passed === 0 ? 1 : 0
})

function jsonFiles() {
  const options = ['--cached', '--others', '--exclude-standard', '--', '*.json']
  return (
    execFileSync('git', ['ls-files', '-z', ...options], { cwd: root, encoding: 'utf8' })
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(root, file)))
      // Written by their generators, whose own tests hold every byte.
      .filter((file) => !/^(docs\/reference|packages\/verifier\/vectors)\//.test(file))
  )
}

/**
 * @param {string} node
 * @param {Check} check
 * @returns {Promise<'passed' | 'failed'>}
 */
async function run(node, { name, tool, args, summary }) {
  const startedAt = performance.now()
  const path = tool.startsWith('scripts/') ? tool : join('node_modules', tool)
  const { code, output } = await outputOf(node, ['--disable-warning=ExperimentalWarning', path, ...args])
  const read = summary(output)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const passed = code === 0 && read !== undefined
  if (!passed) process.stdout.write(`${relevant(output)}\n`)
  process.stdout.write(
    `${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s): ${read ?? 'did not read every file'}\n`,
  )
  return passed ? 'passed' : 'failed'
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function outputOf(command, args) {
  const env = {
    ...process.env,
    PATH: `${dirname(command)}${delimiter}${process.env.PATH ?? ''}`,
    NO_COLOR: '1',
  }
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

/** The compiler's list of files is for counting, not for reading. @param {string} output */
function relevant(output) {
  return output
    .split('\n')
    .filter((line) => !/^(\/|[A-Z]:[\\/]).*\.(ts|mts|cts|mjs|js|json)$/.test(line))
    .join('\n')
    .trim()
}
