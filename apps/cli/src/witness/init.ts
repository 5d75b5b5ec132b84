import { mkdirSync } from 'node:fs'
import { runLocalCommand, UsageError } from '../plugin/command-io.ts'
import type { CommandIo, LocalCommand } from '../plugin/command-io.ts'
import { makeWitnessKey, witnessFolder } from './observer/index.ts'

const init: LocalCommand = {
  help: `switchboard witness init --state DIR --name NAME [--json]

Makes a witness: a folder with its key, which you alone can read, and witness.vkey to hand to those whose logs it will
witness, and to those who verify. Never overwrites a key.

  --state DIR      the witness's own folder; outside every data folder of a server, best on another machine
  --name NAME      what cosignatures are signed with, such as witness.example/w1
  --json           print one JSON object (never the private key)
`,
  options: { state: { type: 'string' }, name: { type: 'string' } },
  positionals: [0, 0],
  async run({ option }) {
    const state = option('state')
    const name = option('name')
    if (state === undefined) throw new UsageError('--state is missing.')
    if (name === undefined) throw new UsageError('--name is missing.')
    const folder = witnessFolder(state)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { vkey } = await makeWitnessKey(folder, name)
    return {
      result: { name, vkey, folder },
      lines: [
        `Made witness ${name} in ${folder}`,
        `  key       ${vkey}`,
        `  next      switchboard witness serve --state ${state} --log KEY (the key of the log, from its operator)`,
      ],
    }
  },
}

/** @returns the exit code: 0 made, 1 refused, 2 wrongly called */
export function initCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  return runLocalCommand(init, argv, io)
}
