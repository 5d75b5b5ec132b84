import { readFile } from 'node:fs/promises'
import { runLocalCommand, UsageError } from '../plugin/command-io.ts'
import type { CommandCall, CommandIo, LocalCommand } from '../plugin/command-io.ts'
import {
  holdState,
  openWitness,
  openWitnessKey,
  parseVerifierKey,
  serveWitness,
  witnessFolder,
  WitnessRefused,
} from './observer/index.ts'
import type { VerifierKey } from './observer/index.ts'

const help = `switchboard witness serve --state DIR --log KEY [options]

Witnesses logs of others (C2SP tlog-witness), until Ctrl+C: cosigns a checkpoint that extends the one it cosigned before, and
refuses and names what does not: a fork, a log that shrank, a history rewritten. Its state is its own folder.

  --state DIR          the folder that "witness init" made
  --log KEY            verifier key of a log (name+hash+key), or a file of such keys; repeatable. The log NAME and all logs
                       below NAME/ are witnessed. Take it from the log's operator, never from the log
  --listen HOST:PORT   where to serve (default 127.0.0.1:4300; port 0 chooses a free one)
  --rotation FILE      a rotation note: the new key of a log, signed by the old one; repeatable
`

const serve: LocalCommand = {
  help,
  options: {
    state: { type: 'string' },
    log: { type: 'string', multiple: true },
    listen: { type: 'string' },
    rotation: { type: 'string', multiple: true },
  },
  positionals: [0, 0],
  async run(call) {
    const { io, option } = call
    const state = option('state')
    if (state === undefined) throw new UsageError('--state is missing.')
    const listen = addressOf(option('listen') ?? '127.0.0.1:4300')
    const logKeys = await logKeysOf(call)
    const folder = witnessFolder(state)
    // Before the folder is held: holding it would make it.
    const key = await openWitnessKey(folder)
    using _held = holdState(folder)
    const say = (line: string): void => void io.stdout.write(`${new Date().toISOString()} ${line}\n`)
    const witness = await openWitness({ folder, key, logKeys, clock: Date.now, say })
    for (const file of call.list('rotation') ?? []) {
      const { status, body } = await witness.addRotation(await readFile(file))
      if (status !== 200) throw new WitnessRefused('rotation_refused', file, body.trim())
    }
    for (const { origin, file, why } of await witness.damaged())
      say(
        `cannot serve ${origin === '' ? 'a log' : origin}: ${file}: ${why}; restore the file. It is never started over`,
      )
    const server = await serveWitness(witness, listen, (cause) => say(`fault: ${String(cause)}`))
    const open = witness.openConflicts()
    say(`witness ${key.name} of ${witness.logNames().join(', ')}`)
    if (open > 0) say(`${open} refused histories are kept; see: switchboard witness status --state ${state}`)
    say(`serving at http://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${server.port}`)
    await stopAsked()
    await server.close()
    return { lines: [] }
  },
}

/** @returns the exit code: 0 stopped, 1 refused, 2 wrongly called */
export function serveCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  return runLocalCommand(serve, argv, io)
}

async function logKeysOf({ list }: CommandCall): Promise<readonly VerifierKey[]> {
  const given = list('log') ?? []
  if (given.length === 0) throw new UsageError('--log is missing: whose log is witnessed?')
  const keys: VerifierKey[] = []
  for (const text of given) {
    const own = parseVerifierKey(text, 'log')
    if (own !== undefined) {
      keys.push(own)
      continue
    }
    const lines = (await readKeyFile(text)).split('\n').map((line) => line.trim())
    for (const line of lines.filter((each) => each !== '' && !each.startsWith('#'))) {
      const key = parseVerifierKey(line, 'log')
      if (key === undefined)
        throw new UsageError(`--log: ${text} holds a line that is no verifier key of a log (name+hash+key).`)
      keys.push(key)
    }
  }
  if (keys.length === 0) throw new UsageError('--log names only empty files: whose log is witnessed?')
  return keys
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    // Whether it was meant as a key or as a file cannot be known: say both.
    throw new UsageError(
      `--log: ${file.slice(0, 120)} is neither a verifier key of a log (name+hash+key) nor a file.`,
    )
  }
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || Number(port) > 65_535)
    throw new UsageError('--listen: write HOST:PORT, such as 127.0.0.1:4300 or [::1]:4300.')
  return { host, port: Number(port) }
}

async function stopAsked(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
