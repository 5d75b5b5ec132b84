import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generatePublisherKey } from '@switchboard/plugin-sdk'
import { runLocalCommand, UsageError } from './command-io.ts'
import type { CommandIo, LocalCommand } from './command-io.ts'

const keygen: LocalCommand = {
  help: `switchboard plugin keygen --out DIR [--json]

Makes a publisher key (ECDSA P-256): publisher.key.pem, readable by you alone, and
publisher.pub.pem to hand to administrators. Never overwrites a key.

  --out DIR        where to write both files
  --json           print one JSON object (never the private key)
`,
  options: { out: { type: 'string' } },
  positionals: [0, 0],
  async run({ option }) {
    const out = option('out')
    if (out === undefined) throw new UsageError('--out is missing.')
    const { privateKeyPem, publicKeyPem, keyId } = generatePublisherKey()
    const privateKeyFile = join(out, 'publisher.key.pem')
    const publicKeyFile = join(out, 'publisher.pub.pem')
    await mkdir(out, { recursive: true, mode: 0o700 })
    // wx: losing a publisher's key by running a command twice would be unforgivable. Both files or none.
    await writeFile(publicKeyFile, publicKeyPem, { flag: 'wx' })
    try {
      await writeFile(privateKeyFile, privateKeyPem, { flag: 'wx', mode: 0o600 })
    } catch (error) {
      await rm(publicKeyFile)
      throw error
    }
    return {
      result: { keyId, privateKeyFile, publicKeyFile },
      lines: [
        `Made publisher key ${keyId}`,
        `  private   ${privateKeyFile} (keep it; who has it publishes in your name)`,
        `  public    ${publicKeyFile} (hand it to administrators)`,
      ],
    }
  },
}

/** @returns the exit code: 0 made, 1 refused, 2 wrongly called */
export function keygenCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  return runLocalCommand(keygen, argv, io)
}
