import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'
import { PackRefused } from '@switchboard/plugin-sdk'

/** Where a command writes; `process` fits. */
export interface CommandIo {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

/** Done, refused (an expected no, or the file system), wrongly called. */
export const exitCodes = { done: 0, refused: 1, usage: 2 } as const

export class UsageError extends Error {}

export interface LocalCommand {
  readonly help: string
  readonly options: ParseArgsOptionsConfig
  readonly positionals: number
  /** Returns what `--json` prints, and the lines that people read. */
  run(call: {
    readonly positionals: readonly string[]
    readonly option: (name: string) => string | undefined
  }): Promise<{ readonly result: object; readonly lines: readonly string[] }>
}

/** Runs a command that needs no server, and maps every way it can end to an exit code. */
export async function runLocalCommand(
  command: LocalCommand,
  argv: readonly string[],
  io: CommandIo,
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
    if (positionals.length !== command.positionals) throw new UsageError('Wrong number of arguments.')
    const option = (name: string): string | undefined => {
      const value = values[name]
      return typeof value === 'string' ? value : undefined
    }
    const { result, lines } = await command.run({ positionals, option })
    io.stdout.write(json ? `${JSON.stringify(result)}\n` : `${lines.join('\n')}\n`)
    return exitCodes.done
  } catch (error) {
    return report(error, command, json, io)
  }
}

function parse(command: LocalCommand, argv: readonly string[]) {
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

function report(error: unknown, command: LocalCommand, json: boolean, io: CommandIo): number {
  if (error instanceof UsageError) {
    io.stderr.write(
      json
        ? `${JSON.stringify({ code: 'usage', message: error.message })}\n`
        : `${error.message}\n\n${command.help}`,
    )
    return exitCodes.usage
  }
  const refusal = describe(error)
  if (refusal === undefined) throw error
  io.stderr.write(
    json ? `${JSON.stringify(refusal)}\n` : `${refusal.where}: ${refusal.message} (${refusal.code})\n`,
  )
  return exitCodes.refused
}

function describe(error: unknown): { code: string; where: string; message: string } | undefined {
  if (error instanceof PackRefused) return { code: error.code, where: error.where, message: error.message }
  // The file system's own no: ENOENT, EACCES, EEXIST, ENOSPC …
  if (error instanceof Error && 'syscall' in error && 'code' in error) {
    const where = 'path' in error ? String(error.path) : '.'
    return { code: String(error.code), where, message: error.message }
  }
  return undefined
}
