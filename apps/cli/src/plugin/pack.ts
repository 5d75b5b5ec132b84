import { packPackage, preparePackage } from '@switchboard/plugin-sdk'
import type { CliIo } from '../cli-io.ts'
import { runLocalCommand, UsageError } from './command-io.ts'
import type { LocalCommand } from './command-io.ts'

const pack: LocalCommand<CliIo> = {
  help: `switchboard plugin pack DIR [--out DIR] [--date INSTANT] [--json]

Packs a folder with a manifest.json into NAME-VERSION.sbp, with an SBOM and provenance.
TypeScript and npm libraries are bundled into the entry, each library in the SBOM; the entry is loaded once in the sandbox,
without calling it. Left out are hidden files, packages, node_modules, tests, fixtures; links, private keys, native
addons, modules of Node and unportable names are refused.

  --out DIR        where to write the package (default: the current folder)
  --date INSTANT   record this time, such as 2026-01-31T12:00:00Z; without it the
                   same files give the same bytes
  --json           print one JSON object

Next: switchboard plugin sign NAME-VERSION.sbp --key KEY
`,
  options: { out: { type: 'string' }, date: { type: 'string' } },
  positionals: [1, 1],
  async run({ positionals: [dir = '.'], option, io }) {
    const date = option('date')
    const now = date === undefined ? undefined : Date.parse(date)
    if (Number.isNaN(now)) throw new UsageError(`--date ${date} is no instant.`)
    const unloaded = await checkLoads(dir, io)
    const packed = await packPackage(dir, { outDir: option('out') ?? '.', ...(now !== undefined && { now }) })
    const left = packed.skipped.length === 0 ? [] : [`  left out  ${packed.skipped.join(', ')}`]
    return {
      result: packed,
      lines: [
        `Packed ${packed.name} ${packed.version}: ${packed.files} files, ${packed.bytes} bytes`,
        `  file      ${packed.file}`,
        `  digest    ${packed.digest}`,
        ...(packed.libraries.length === 0
          ? []
          : [`  bundled   ${packed.libraries.map((one) => `${one.name} ${one.version}`).join(', ')}`]),
        ...left,
        ...[...packed.warnings, ...unloaded].map((warning) => `  warning   ${warning}`),
        'Not signed yet; next:',
        `  switchboard plugin sign ${packed.file} --key KEY`,
      ],
    }
  },
}

/** @returns the exit code: 0 packed, 1 refused, 2 wrongly called */
export function packCommand(argv: readonly string[], io: CliIo): Promise<number> {
  return runLocalCommand(pack, argv, io)
}

/**
 * Loads the entry as a server would, so that what cannot run is not shipped.
 *
 * @returns a warning where no sandbox starts: packing needs none.
 */
async function checkLoads(dir: string, io: CliIo): Promise<readonly string[]> {
  const { manifest } = await preparePackage(dir)
  if (manifest.kind === 'data') return []
  // Loaded here, with the sandbox behind them: data packages do not need them.
  const { checkEntry, loadPlugin } = await import('./local/load-plugin.ts')
  const { openLocalSandbox } = await import('./local/open-local-sandbox.ts')
  const plugin = await loadPlugin(dir)
  let sandbox: Awaited<ReturnType<typeof openLocalSandbox>>
  try {
    sandbox = await openLocalSandbox(io)
  } catch (error) {
    if (error instanceof UsageError) throw error
    return [
      `The entry was not loaded: no sandbox starts here (${error instanceof Error ? error.message : String(error)})`,
    ]
  }
  await using _ = sandbox
  await checkEntry(plugin, sandbox)
  return []
}
