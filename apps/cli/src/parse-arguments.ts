import { fieldsOf, textKindOf } from '@switchboard/api'
import type { Field, JsonSchema } from '@switchboard/api'
import type { OperationCommand } from './commands.ts'
import { optionName } from './option-name.ts'
import { UsageError } from './usage-error.ts'

/** Options of every command that asks a server. */
export interface SharedOptions {
  readonly help: boolean
  readonly json: boolean
  readonly follow: boolean
  readonly url?: string
  readonly token?: string
  readonly data?: string
  readonly idempotencyKey?: string
  readonly out?: string
}

export interface Arguments {
  /** Input fields as the texts that were typed; an array holds each of its texts. */
  readonly texts: ReadonlyMap<string, string | readonly string[] | boolean>
  readonly shared: SharedOptions
}

export const sharedValueOptions = ['url', 'token', 'data', 'idempotency-key'] as const

/**
 * Reads a command line by the operation's input schema: `--limit 5`, `--limit=5`, `--caps a b`, `--minimal`,
 * `--no-minimal`; what has no name fills the positional fields in order, a list taking all that is left.
 *
 * @throws {UsageError} naming the part that cannot be understood.
 */
export function parseArguments(command: OperationCommand, argv: readonly string[]): Arguments {
  const fields = new Map(fieldsOf(command.input as JsonSchema).map((field) => [field.name, field]))
  const byOption = new Map(
    [...fields.values()].flatMap((field) => [
      [field.name, field],
      [optionName(field.name), field],
    ]),
  )
  const texts = new Map<string, string | string[] | boolean>()
  const shared: Record<string, string | boolean> = {}
  const isFlag = (name: string) =>
    name === 'help' || name === 'json' || (name === 'follow' && command.cli.follow !== undefined)
  const loose: string[] = []
  const words = [...argv]

  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') {
      loose.push(...words.splice(0))
    } else if (word === '-h') {
      shared['help'] = true
    } else if (word.startsWith('--')) {
      readOption(word, words)
    } else {
      loose.push(word)
    }
  }
  takePositionals()
  const { help = false, json = false, follow = false, 'idempotency-key': key, ...values } = shared
  return {
    texts,
    shared: {
      ...values,
      help: help === true,
      json: json === true,
      follow: follow === true,
      ...(typeof key === 'string' ? { idempotencyKey: key } : {}),
    },
  }

  function readOption(word: string, rest: string[]): void {
    const equals = word.indexOf('=')
    const name = equals === -1 ? word.slice(2) : word.slice(2, equals)
    const given = equals === -1 ? undefined : word.slice(equals + 1)
    if (isFlag(name)) {
      if (given !== undefined) throw new UsageError(`--${name} takes no value.`)
      shared[name] = true
      return
    }
    if (
      (sharedValueOptions as readonly string[]).includes(name) ||
      (name === 'out' && command.cli.out !== undefined)
    ) {
      if (name in shared) throw new UsageError(`--${name} is given twice.`)
      shared[name] = given ?? next(name, rest)
      return
    }
    const positive = byOption.get(name)
    const negative = name.startsWith('no-') ? byOption.get(name.slice(3)) : undefined
    const field = positive ?? negative
    if (field === undefined) throw new UsageError(`There is no option --${name}.`)
    const kind = textKindOf(field.schema)
    if (texts.has(field.name) && kind !== 'array') throw new UsageError(`--${name} is given twice.`)
    if (kind === 'boolean') {
      if (given !== undefined && given !== 'true' && given !== 'false')
        throw new UsageError(`--${name} is either there or not.`)
      texts.set(field.name, (given ?? 'true') === 'true' && positive !== undefined)
      return
    }
    if (positive === undefined) throw new UsageError(`There is no option --${name}.`)
    if (kind === 'array' && !holdsJson(field)) {
      const values = given === undefined ? [next(name, rest), ...untilOption(rest)] : [given]
      texts.set(field.name, [...((texts.get(field.name) as string[] | undefined) ?? []), ...values])
      return
    }
    if (texts.has(field.name)) throw new UsageError(`--${name} is given twice.`)
    texts.set(field.name, given ?? next(name, rest))
  }

  function takePositionals(): void {
    for (const name of command.cli.positional ?? []) {
      const field = fields.get(name)
      if (field === undefined || texts.has(name)) continue
      if (textKindOf(field.schema) === 'array' && !holdsJson(field)) {
        if (loose.length > 0) texts.set(name, loose.splice(0))
        continue
      }
      const value = loose.shift()
      if (value !== undefined) texts.set(name, value)
    }
    if (loose.length > 0) throw new UsageError(`"${loose[0] ?? ''}" is one word too many.`)
  }
}

/** Lists of objects are written as JSON, lists of words as words. */
export function holdsJson(field: Field): boolean {
  return (
    textKindOf(field.schema) === 'array' && ['json', 'array'].includes(textKindOf(field.schema.items ?? {}))
  )
}

function next(name: string, rest: string[]): string {
  const value = rest.shift()
  if (value === undefined) throw new UsageError(`--${name} wants a value.`)
  return value
}

function untilOption(rest: string[]): string[] {
  const end = rest.findIndex((word) => word.startsWith('--'))
  return rest.splice(0, end === -1 ? rest.length : end)
}
