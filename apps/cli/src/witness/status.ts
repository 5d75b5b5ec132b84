import { runLocalCommand, UsageError } from '../plugin/command-io.ts'
import type { CommandIo, LocalCommand } from '../plugin/command-io.ts'
import { visible } from '../print/format-scalar.ts'
import {
  createCosignedLogs,
  describeConflict,
  isOpen,
  openConflicts,
  openWitnessKey,
  witnessFolder,
} from './observer/index.ts'
import type { CosignedLogs } from './observer/index.ts'

const status: LocalCommand = {
  help: `switchboard witness status --state DIR [--json]

What a witness cosigned last of each log, and which histories it refused and keeps in its folder. Reads files only, so it may
run beside "witness serve".

  --state DIR      the folder of the witness
  --json           print one JSON object

Exit codes: 0 all well, 1 a refused history is open or state is damaged, 2 arguments unusable.
`,
  options: { state: { type: 'string' } },
  positionals: [0, 0],
  async run({ option }) {
    const state = option('state')
    if (state === undefined) throw new UsageError('--state is missing.')
    const folder = witnessFolder(state)
    const key = await openWitnessKey(folder)
    const logs = (await createCosignedLogs(folder, key).all()).map(describeLog)
    const conflicts = (await openConflicts(folder)).list()
    const open = conflicts.filter(isOpen)
    const isWell = open.length === 0 && logs.every((log) => log.state !== 'damaged')
    return {
      result: { name: key.name, vkey: key.vkey, ok: isWell, logs, conflicts },
      lines: [
        `Witness ${key.name}`,
        `  key       ${key.vkey}`,
        ...logs.map(logLine),
        ...conflicts.map(
          (conflict) =>
            `  ${isOpen(conflict) ? 'REFUSED ' : 'answered'}  ${describeConflict(conflict)}, ${new Date(conflict.at).toISOString()}`,
        ),
        open.length === 0
          ? '  refused   nothing that is open'
          : `  kept      both signed notes of each in ${folder}/conflicts: show them to the log's operator, and to those who rely on it`,
      ].map(visible),
      refused: !isWell,
    }
  },
}

function describeLog(log: Awaited<ReturnType<CosignedLogs['all']>>[number]) {
  const { origin } = log
  switch (log.state) {
    case 'cosigned': {
      const { checkpoint, atSeconds } = log.cosigned
      return { origin, state: log.state, size: checkpoint.size, at: atSeconds * 1000 }
    }
    case 'damaged':
      return { origin, state: log.state, file: log.file, why: log.why }
    case 'new':
      return { origin, state: log.state }
  }
}

function logLine(log: ReturnType<typeof describeLog>): string {
  if (log.state === 'cosigned')
    return `  log       ${log.origin}: ${log.size} entries at ${new Date(log.at ?? 0).toISOString()}`
  return `  DAMAGED   ${log.origin}: ${log.file}: ${log.why}; restore it, it is never started over`
}

/** @returns the exit code: 0 all well, 1 something open or damaged, 2 wrongly called */
export function statusCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  return runLocalCommand(status, argv, io)
}
