import { writeFile } from 'node:fs/promises'
import { ClientFault, createClient } from '@switchboard/api'
import type { Answer, OperationName } from '@switchboard/api'
import type { CliIo } from './cli-io.ts'
import { operationCommands, splitCommand } from './commands.ts'
import type { OperationCommand } from './commands.ts'
import { exitCodeByCategory, exitCodes } from './exit-codes.ts'
import { findServer } from './find-server.ts'
import { followEvents } from './follow-events.ts'
import { commandHelp, commandList, isGroup } from './help.ts'
import { inputFromArguments } from './input-from-texts.ts'
import { localCommands } from './local-commands.ts'
import { parseArguments } from './parse-arguments.ts'
import { printDenial, printReceipt } from './print/print-denial.ts'
import { printValue } from './print/print-value.ts'
import { UsageError } from './usage-error.ts'

/** Runs one command line and answers its exit code; see exit-codes.ts. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const local = splitCommand(argv, localCommands)
  const found = splitCommand(argv, operationCommands)
  const command = found && operationCommands.get(found.command)
  try {
    if (local !== undefined)
      return (await localCommands.get(local.command)?.run(local.rest, io)) ?? exitCodes.fault
    if (found === undefined || command === undefined) return listCommands(argv, io)
    return await performCommand(command, found.rest, io)
  } catch (error) {
    if (error instanceof UsageError) {
      const name = local?.command ?? command?.cli.command
      const hint = name === undefined ? 'switchboard --help' : `switchboard ${name} --help`
      io.stderr.write(`${error.message}\nSee: ${hint}\n`)
      return exitCodes.usage
    }
    if (error instanceof ClientFault) {
      io.stderr.write(
        `${error.message} (${error.code})\n${error.code === 'unreachable' ? 'Start it with: switchboard start\n' : ''}`,
      )
      return exitCodes.fault
    }
    throw error
  }
}

function listCommands(argv: readonly string[], io: CliIo): number {
  const words = argv.filter((word) => !word.startsWith('-'))
  const [group] = words
  const known = group === undefined || (isGroup(group) && words.length === 1)
  if (!known) throw new UsageError(`There is no command "${words.slice(0, 2).join(' ')}".`)
  io.stdout.write(commandList(group))
  return argv.length === 0 ? exitCodes.usage : exitCodes.done
}

async function performCommand(
  command: OperationCommand,
  argv: readonly string[],
  io: CliIo,
): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    io.stdout.write(commandHelp(command))
    return exitCodes.done
  }
  const parsed = parseArguments(command, argv)
  const { shared } = parsed
  const outField = command.cli.out
  if (outField !== undefined && command.cli.outOptional !== true && shared.out === undefined && !shared.json)
    throw new UsageError('Missing: --out FILE.')
  const input = await inputFromArguments(command, parsed, io)
  const { url, token } = await findServer(shared, io)
  if (shared.follow && command.cli.follow !== undefined)
    return await followEvents(
      { url, ...(token === undefined ? {} : { token }) },
      command.cli.follow,
      input,
      io,
      shared.json,
    )
  const client = createClient({ baseUrl: url, fetch: io.fetch, ...(token === undefined ? {} : { token }) })
  // The input was made by the schema of this very operation, and the gate parses it once more.
  const answer: Answer<OperationName> = await client.perform(
    command.name as OperationName,
    input,
    shared.idempotencyKey === undefined ? {} : { idempotencyKey: shared.idempotencyKey },
  )
  if (!answer.ok) {
    printDenial(answer, io, shared.json)
    return exitCodeByCategory[answer.denial.category]
  }
  const value =
    outField === undefined || shared.out === undefined
      ? answer.value
      : await writeOut(answer.value, outField, shared.out)
  const text = command.cli.text !== undefined && isObject(value) ? value[command.cli.text] : undefined
  if (shared.json) {
    io.stdout.write(`${JSON.stringify(value)}\n`)
  } else if (typeof text === 'string') {
    io.stdout.write(text)
  } else {
    io.stdout.write(printValue(value, command.output, io.stdout.columns ?? 160))
    printReceipt(answer, io)
  }
  return exitCodeOf(command, answer.value)
}

function exitCodeOf({ cli: { exit } }: OperationCommand, value: unknown): number {
  const said = exit !== undefined && isObject(value) ? value[exit.field] : undefined
  return (typeof said === 'string' ? exit?.codes[said] : undefined) ?? exitCodes.done
}

/** Puts the base64 field into a file; what is printed names the file in its place. */
async function writeOut(value: unknown, field: string, file: string): Promise<unknown> {
  const path = field.split('.')
  const content = path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)
  if (typeof content !== 'string') throw new UsageError(`--out: the answer holds no ${path.at(-1)}.`)
  try {
    await writeFile(file, Buffer.from(content, 'base64'), { mode: 0o600 })
  } catch (error) {
    throw new UsageError(
      `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  return withField(value, path, file)
}

function withField(value: unknown, [name = '', ...rest]: readonly string[], put: string): unknown {
  const fields = isObject(value) ? value : {}
  return { ...fields, [name]: rest.length === 0 ? put : withField(fields[name], rest, put) }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
