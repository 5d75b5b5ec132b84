import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'
import { PackRefused } from '@switchboard/plugin-sdk'
import { UsageError } from '../usage-error.ts'
import { WitnessRefused } from '../witness/observer/index.ts'
import { FileRefused } from './local/read-json-file.ts'
import { visible } from '../print/format-scalar.ts'

/** Where a command writes; `process` fits. */
export interface CommandIo {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

/** Done, refused (an expected no, or the file system), wrongly called. */
export const exitCodes = { done: 0, refused: 1, usage: 2 } as const

export { UsageError } from '../usage-error.ts'

export interface CommandCall<Io extends CommandIo = CommandIo> {
  readonly positionals: readonly string[]
  readonly option: (name: string) => string | undefined
  /** An option that may be given several times, or with commas: `--grant a --grant b,c`. Undefined when it is not there. */
  readonly list: (name: string) => readonly string[] | undefined
  readonly flag: (name: string) => boolean
  readonly json: boolean
  readonly io: Io
}

export interface CommandEnd {
  /** What `--json` prints; undefined: nothing more. */
  readonly result?: object
  /** The lines that people read. */
  readonly lines: readonly string[]
  /** An expected no that the command found out itself: exit code 1, the result printed all the same. */
  readonly refused?: boolean
}

export interface LocalCommand<Io extends CommandIo = CommandIo> {
  readonly help: string
  readonly options: ParseArgsOptionsConfig
  /** How many are needed and how many may be there. */
  readonly positionals: readonly [least: number, most: number]
  run(call: CommandCall<Io>): Promise<CommandEnd>
}

/** Runs a command that is derived from no operation, and maps every way it can end to an exit code. */
export async function runLocalCommand<Io extends CommandIo>(
  command: LocalCommand<Io>,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  let json = argv.includes('--json')
  try {
    const parsed = parse(command, argv)
    const values: Readonly<Record<string, unknown>> = parsed.values
    const { positionals } = parsed
    json = values['json'] === true
    if (values['help'] === true) {
      io.stdout.write(command.help)
      return exitCodes.done
    }
    const [least, most] = command.positionals
    if (positionals.length < least || positionals.length > most)
      throw new UsageError('Wrong number of arguments.')
    const { result, lines, refused } = await command.run({
      positionals,
      option: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
      list: (name) =>
        Array.isArray(values[name])
          ? values[name].flatMap((text) => String(text).split(',')).filter((text) => text !== '')
          : undefined,
      flag: (name) => values[name] === true,
      json,
      io,
    })
    if (json && result !== undefined) io.stdout.write(`${JSON.stringify(result)}\n`)
    if (!json && lines.length > 0) io.stdout.write(`${lines.join('\n')}\n`)
    return refused === true ? exitCodes.refused : exitCodes.done
  } catch (error) {
    return report(error, command, json, io)
  }
}

function parse(command: Pick<LocalCommand, 'options'>, argv: readonly string[]) {
  try {
    const options = {
      ...command.options,
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'Wrong arguments.')
  }
}

function report(error: unknown, command: Pick<LocalCommand, 'help'>, json: boolean, io: CommandIo): number {
  if (error instanceof UsageError) {
    io.stderr.write(
      json
        ? `${JSON.stringify({ code: 'usage', message: error.message })}\n`
        : `${error.message}\n\n${command.help}`,
    )
    return exitCodes.usage
  }
  const refusal = describeRefusal(error)
  if (refusal === undefined) throw error
  io.stderr.write(json ? `${JSON.stringify(refusal)}\n` : `${refusalLine(refusal)}\n`)
  return exitCodes.refused
}

export interface Refusal {
  readonly code: string
  readonly where: string
  readonly message: string
}

export function refusalLine({ code, where, message }: Refusal): string {
  // An error that the entry threw has the entry's own words.
  return visible(`${where}: ${message} (${code})`)
}

/** What an author can put right; undefined for anything else. */
export function describeRefusal(error: unknown): Refusal | undefined {
  if (error instanceof PackRefused || error instanceof WitnessRefused)
    return { code: error.code, where: error.where, message: error.message }
  if (error instanceof FileRefused)
    return { code: 'file_invalid', where: error.where, message: error.message }
  // The file system's own no: ENOENT, EACCES, EEXIST, ENOSPC …
  if (error instanceof Error && 'syscall' in error && 'code' in error) {
    const where = 'path' in error ? String(error.path) : '.'
    return { code: String(error.code), where, message: error.message }
  }
  return undefined
}
