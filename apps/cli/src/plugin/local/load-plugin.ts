import { PackRefused, insteadOfBuiltin, preparePackage } from '@switchboard/plugin-sdk'
import type { PluginManifest, PreparedPackage } from '@switchboard/plugin-sdk'
import { parsePackageManifest, scopesOf } from '@switchboard/verifier/package'
import { codeOf, defaultCeilings, runBudgets } from '../../../../server/src/plugins/index.ts'
import type { PluginCode, RunReport, Sandbox } from '../../../../server/src/sandbox/index.ts'

export interface LocalPlugin {
  readonly prepared: PreparedPackage
  readonly manifest: PluginManifest
  readonly code: PluginCode
  readonly required: readonly string[]
  readonly declared: ReadonlySet<string>
  readonly budgets: ReturnType<typeof runBudgets>
}

/**
 * Reads a plugin's folder as it is packed: what runs here is what would be shipped.
 *
 * @throws {PackRefused} naming file, rule and next step.
 */
export async function loadPlugin(folder: string): Promise<LocalPlugin> {
  const prepared = await preparePackage(folder)
  const { manifest } = prepared
  if (manifest.kind === 'data')
    throw new PackRefused(
      'not_a_plugin',
      'manifest.json#/kind',
      'A data package is packed and added, and never runs.',
    )
  // What the server makes of it at install, scopes included.
  const parsed = parsePackageManifest(manifest)
  if (!parsed.ok) throw new PackRefused('manifest_invalid', parsed.where, parsed.message)
  const { required, optional } = scopesOf(parsed.manifest)
  return {
    prepared,
    manifest,
    code: codeOf(manifest.entry, prepared.files),
    required,
    declared: new Set([...required, ...optional]),
    budgets: runBudgets(manifest.budgets, defaultCeilings),
  }
}

/**
 * Loads the entry in the sandbox, without calling it: whether it is a module at all, loads, and exports `run`.
 *
 * @throws {PackRefused} `entry_throws` or `run_missing`.
 */
export async function checkEntry(plugin: LocalPlugin, sandbox: Sandbox): Promise<void> {
  const { entry } = plugin.manifest
  // A WebAssembly module is checked and compiled by the runner itself, before anything of it runs.
  if (plugin.code.engine === 'wasm') return
  const { files } = plugin.code
  const formats = entry.endsWith('.mjs') ? ['mjs'] : entry.endsWith('.js') ? ['cjs', 'mjs'] : ['cjs']
  let first: RunReport | undefined
  for (const format of formats) {
    const report = await loadIn(plugin, files, sandbox, format)
    if (report.end === 'returned') {
      if (report.value === 'function') return
      throw new PackRefused(
        'run_missing',
        entry,
        `Its run is ${String(report.value)}. Write: ${exampleOf(format)}`,
      )
    }
    first ??= report
    // Only a text that is no CommonJS can still be an ES module.
    if (report.end !== 'threw' || report.error.name !== 'SyntaxError') break
    if (/\b(?:import|export)\b/.test(String(files.get(entry)))) first = undefined
  }
  throw new PackRefused('entry_throws', entry, describe(first as RunReport))
}

const checkers: Readonly<Record<string, (entry: string) => string>> = {
  cjs: (entry) => `const entry = require('./${entry}')
exports.run = async () => entry === null || entry === undefined ? 'not there' : typeof entry.run\n`,
  mjs: (entry) => `import * as entry from './${entry}'\nexport const run = async () => typeof entry.run\n`,
}

function exampleOf(format: string): string {
  return format === 'mjs'
    ? 'export async function run(args, api) { … }'
    : 'exports.run = async function (args, api) { … }'
}

async function loadIn(
  { manifest, budgets }: LocalPlugin,
  files: ReadonlyMap<string, string>,
  sandbox: Sandbox,
  format: string,
): Promise<RunReport> {
  const path = `switchboard-check-entry.${format}`
  return await sandbox.run({
    trustDomain: 'local',
    code: { entry: path, files: new Map([...files, [path, checkers[format]?.(manifest.entry) ?? '']]) },
    args: {},
    methods: [],
    budgets,
    onCall: () => Promise.reject(new Error('nothing is offered')),
    onLog: () => undefined,
    signal: new AbortController().signal,
  })
}

function describe(report: RunReport): string {
  if (report.end === 'threw') {
    const { name, message, stack } = report.error
    const asked = /^Cannot load "([^"]+)"/.exec(message)?.[1]
    const instead = asked === undefined ? undefined : insteadOfBuiltin(asked)
    // The last frame that is the plugin's own says where.
    const at = /\(?([^\s()]+:\d+:\d+)\)?/.exec(stack.split('\n').slice(1).join('\n'))?.[1]
    return `${name}: ${message}${at === undefined ? '' : ` (at ${at})`}${instead === undefined ? '' : ` ${instead}`}`
  }
  if (report.end === 'exceeded')
    return `Loading it used ${report.used} of ${report.allowed} ${report.budget}: do the work inside run.`
  return report.end === 'crashed' ? report.detail : report.end
}
