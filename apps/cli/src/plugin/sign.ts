import { readFile } from 'node:fs/promises'
import { signPackage } from '@switchboard/plugin-sdk'
import { runLocalCommand, UsageError } from './command-io.ts'
import type { CommandIo, LocalCommand } from './command-io.ts'

const sign: LocalCommand = {
  help: `switchboard plugin sign FILE --key KEY [--json]

Signs a packed .sbp in place, offline, with an ECDSA P-256 private key in PEM.

  --key KEY        file of the private key (switchboard plugin keygen makes one)
  --json           print one JSON object

Next: switchboard plugin add FILE
`,
  options: { key: { type: 'string' } },
  positionals: [1, 1],
  async run({ positionals: [file = ''], option }) {
    const key = option('key')
    if (key === undefined) throw new UsageError('--key is missing.')
    const signed = await signPackage(file, { privateKeyPem: await readFile(key, 'utf8') })
    return {
      result: signed,
      lines: [
        `Signed ${signed.name} ${signed.version}`,
        `  file      ${signed.file}`,
        `  digest    ${signed.digest}`,
        `  key id    ${signed.keyId}`,
        'Where this key is pinned (switchboard publisher trust), next:',
        `  switchboard plugin add ${signed.file}`,
      ],
    }
  },
}

/** @returns the exit code: 0 signed, 1 refused, 2 wrongly called */
export function signCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  return runLocalCommand(sign, argv, io)
}
