import { packPackage } from '@switchboard/plugin-sdk'
import { runLocalCommand, UsageError } from './command-io.ts'
import type { CommandIo, LocalCommand } from './command-io.ts'

const pack: LocalCommand = {
  help: `switchboard plugin pack DIR [--out DIR] [--date INSTANT] [--json]

Packs a folder with a manifest.json into NAME-VERSION.sbp, with an SBOM and provenance.
Hidden files and packages are left out; links, private keys, native addons and unportable names are refused.

  --out DIR        where to write the package (default: the current folder)
  --date INSTANT   record this time, such as 2026-01-31T12:00:00Z; without it the
                   same files give the same bytes
  --json           print one JSON object

Next: switchboard plugin sign NAME-VERSION.sbp --key KEY
`,
  options: { out: { type: 'string' }, date: { type: 'string' } },
  positionals: 1,
  async run({ positionals: [dir = '.'], option }) {
    const date = option('date')
    const now = date === undefined ? undefined : Date.parse(date)
    if (Number.isNaN(now)) throw new UsageError(`--date ${date} is no instant.`)
    const packed = await packPackage(dir, { outDir: option('out') ?? '.', ...(now !== undefined && { now }) })
    const left =
      packed.skipped.length === 0 ? [] : [`  left out  ${packed.skipped.join(', ')} (hidden, or packages)`]
    return {
      result: packed,
      lines: [
        `Packed ${packed.name} ${packed.version}: ${packed.files} files, ${packed.bytes} bytes`,
        `  file      ${packed.file}`,
        `  digest    ${packed.digest}`,
        ...left,
        'Not signed yet; next:',
        `  switchboard plugin sign ${packed.file} --key KEY`,
      ],
    }
  },
}

/** @returns the exit code: 0 packed, 1 refused, 2 wrongly called */
export function packCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  return runLocalCommand(pack, argv, io)
}
