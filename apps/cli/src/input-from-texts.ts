import { readFile } from 'node:fs/promises'
import { fieldsOf, textKindOf, valueFromText } from '@switchboard/api'
import type { Field } from '@switchboard/api'
import type { CliIo } from './cli-io.ts'
import type { OperationCommand } from './commands.ts'
import { optionName } from './option-name.ts'
import { holdsJson } from './parse-arguments.ts'
import type { Arguments } from './parse-arguments.ts'
import { UsageError } from './usage-error.ts'

/**
 * Turns what was typed into the operation's input. `@FILE` and `-` (standard input) bring in JSON or long text; fields
 * bound to files are read and sent in base64. Whether a value is right is for the server to say.
 *
 * @throws {UsageError} for missing fields, unreadable files, text that is not JSON.
 */
export async function inputFromArguments(
  command: OperationCommand,
  { texts }: Arguments,
  io: Pick<CliIo, 'stdin'>,
): Promise<Record<string, unknown>> {
  const fields = fieldsOf(command.input)
  const isSecret = (field: Field): boolean => command.cli.secrets?.includes(field.name) === true
  const missing = fields.filter((field) => field.required && !texts.has(field.name) && !isSecret(field))
  if (missing.length > 0)
    throw new UsageError(`Missing: ${missing.map((field) => describe(command, field)).join(', ')}.`)
  const input: Record<string, unknown> = {}
  for (const field of fields) {
    const given = texts.get(field.name)
    if (isSecret(field) && (field.required || given !== undefined))
      input[field.name] = await secretOf(field, given ?? '-', io)
    else if (given !== undefined) input[field.name] = await valueOf(command, field, given, io)
  }
  return input
}

async function valueOf(
  command: OperationCommand,
  field: Field,
  given: string | readonly string[] | boolean,
  io: Pick<CliIo, 'stdin'>,
) {
  if (typeof given === 'boolean') return given
  if (typeof given !== 'string') return given.map((text) => valueFromText(field.schema.items ?? {}, text))
  if (command.cli.files?.includes(field.name) === true)
    return Buffer.from(await bytesOf(given, field, io)).toString('base64')
  if (textKindOf(field.schema) === 'json' || holdsJson(field)) {
    return jsonOf(given === '-' || given.startsWith('@') ? await textOf(given, field, io) : given, field)
  }
  // Free text may be long, so it may come from a file; names and ids have a pattern and never do.
  const freeText = field.schema.type === 'string' && field.schema.pattern === undefined
  if (freeText && given.startsWith('@@')) return given.slice(1)
  if (freeText && (given === '-' || given.startsWith('@'))) return await textOf(given, field, io)
  return valueFromText(field.schema, given)
}

/** From standard input or a file, never as it was typed: other users of the machine and the shell's history see that. */
async function secretOf(
  field: Field,
  given: string | readonly string[] | boolean,
  io: Pick<CliIo, 'stdin'>,
): Promise<string> {
  if (typeof given !== 'string' || (given !== '-' && !given.startsWith('@')))
    throw new UsageError(
      `--${optionName(field.name)} takes @FILE, or - for standard input: what is typed here is seen by others.`,
    )
  // The line end that an editor or echo adds belongs to no secret.
  return (await textOf(given, field, io)).replace(/\r?\n$/, '')
}

async function textOf(given: string, field: Field, io: Pick<CliIo, 'stdin'>): Promise<string> {
  const bytes = await bytesOf(given === '-' ? '-' : given.slice(1), field, io)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError(`${given} (for ${field.name}) is not UTF-8 text.`)
  }
}

async function bytesOf(file: string, field: Field, io: Pick<CliIo, 'stdin'>): Promise<Uint8Array> {
  if (file === '-') return await io.stdin()
  try {
    return await readFile(file)
  } catch (error) {
    throw new UsageError(
      `${file} (for ${field.name}) cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function jsonOf(text: string, field: Field): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(
      `${optionName(field.name)} wants JSON, such as '{"q":"acme"}', or @FILE that holds it.`,
    )
  }
}

function describe(command: OperationCommand, field: Field): string {
  return command.cli.positional?.includes(field.name) === true
    ? field.name.toUpperCase()
    : `--${optionName(field.name)}`
}
