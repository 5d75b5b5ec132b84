import { choicesOf, fieldsOf, textKindOf } from '@switchboard/api'
import type { Field, JsonSchema } from '@switchboard/api'
import { operationCommands } from './commands.ts'
import type { OperationCommand } from './commands.ts'
import { localCommands } from './local-commands.ts'
import { optionName } from './option-name.ts'
import { holdsJson } from './parse-arguments.ts'
import { alignColumns } from './print/table.ts'

const sharedHelp: readonly (readonly [string, string])[] = [
  ['--json', 'Print the answer as JSON, exactly'],
  ['--url URL', 'The server (else SWITCHBOARD_URL, else cli.json of the data folder)'],
  ['--token TOKEN', 'Who asks (else SWITCHBOARD_TOKEN, else cli.json)'],
  ['--data DIR', 'The data folder whose cli.json is used (else SWITCHBOARD_DATA)'],
  ['-h, --help', 'This text'],
]

/** All commands, or those that begin with `group`. */
export function commandList(group?: string): string {
  const rows = [
    ...[...operationCommands.values()].map((command) => [synopsis(command), command.summary] as const),
    ...[...localCommands].map(
      ([name, command]) => [`${name} ${command.synopsis}`.trim(), command.summary] as const,
    ),
  ]
    .filter(([name]) => group === undefined || name.startsWith(`${group} `))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `switchboard ${group ?? 'COMMAND'} …\n\n${indent(rows)}\nswitchboard ${group ?? ''}${group === undefined ? '' : ' '}COMMAND --help tells more.\n`
}

export function isGroup(word: string): boolean {
  return [...operationCommands.keys(), ...localCommands.keys()].some((name) => name.startsWith(`${word} `))
}

export function commandHelp(command: OperationCommand): string {
  const positional = command.cli.positional ?? []
  const fields = fieldsOf(command.input)
  const words = fields.filter((field) => positional.includes(field.name))
  const options = fields.filter((field) => !positional.includes(field.name))
  const rows = options.map(
    (field) =>
      [`--${optionName(field.name)}${placeholder(command, field)}`, explain(command, field)] as const,
  )
  if (command.cli.out !== undefined) rows.push(['--out FILE', `Write the ${command.cli.out} into FILE`])
  if (command.cli.follow !== undefined)
    rows.push([
      '--follow',
      'Print what comes as it comes, until it ends; a dropped connection is taken up again',
    ])
  if (command.effect !== 'read' && command.secretOutput !== true && command.secretInput === undefined) {
    rows.push(['--idempotency-key KEY', 'Safe to repeat: the same key brings the first answer back'])
  }
  return [
    `switchboard ${synopsis(command)} [OPTIONS]\n\n${command.description}\n`,
    words.length === 0
      ? ''
      : `\n${indent(words.map((field) => [field.name.toUpperCase(), explain(command, field)]))}`,
    `\nOptions\n${indent([...rows, ...sharedHelp])}`,
  ].join('')
}

function synopsis(command: OperationCommand): string {
  const fields = new Map(fieldsOf(command.input as JsonSchema).map((field) => [field.name, field]))
  const words = (command.cli.positional ?? []).map((name) => {
    const field = fields.get(name)
    const list = field !== undefined && textKindOf(field.schema) === 'array' && !holdsJson(field) ? '…' : ''
    const shown = `${command.cli.files?.includes(name) === true ? 'FILE' : name.toUpperCase()}${list}`
    return field?.required === true ? shown : `[${shown}]`
  })
  return [command.cli.command, ...words].join(' ')
}

/** Text long enough that people keep it in a file; the same rule reads it. */
function takesFile({ schema }: Field): boolean {
  return schema.type === 'string' && schema.pattern === undefined && (schema.maxLength ?? 0) >= 2000
}

function placeholder(command: OperationCommand, field: Field): string {
  if (command.cli.files?.includes(field.name) === true) return ' FILE'
  if (command.cli.secrets?.includes(field.name) === true) return ' @FILE|-'
  const kind = textKindOf(field.schema)
  if (kind === 'boolean') return ''
  if (kind === 'json' || holdsJson(field)) return ' JSON|@FILE|-'
  if (kind === 'array') return ' VALUE…'
  if (kind === 'integer' || kind === 'number') return ' N'
  return takesFile(field) ? ' TEXT|@FILE|-' : ' TEXT'
}

function explain(command: OperationCommand, field: Field): string {
  const { schema } = field
  const described = schema.description ?? schema.items?.description
  const choices = choicesOf(schema) ?? choicesOf(schema.items ?? {})
  const optional = field.required
    ? undefined
    : schema.default === undefined
      ? undefined
      : `default ${JSON.stringify(schema.default)}`
  const isSecret = command.cli.secrets?.includes(field.name) === true
  const needed = isSecret
    ? 'read from standard input when left out'
    : field.required && command.cli.positional?.includes(field.name) !== true
      ? 'required'
      : undefined
  return [
    described?.replace(/\.$/, ''),
    choices === undefined ? undefined : `one of ${choices.join(', ')}`,
    optional,
    needed,
  ]
    .concat(
      takesFile(field) && command.cli.positional?.includes(field.name) === true
        ? 'or @FILE, or - for standard input'
        : undefined,
    )
    .filter((part) => part !== undefined)
    .join('; ')
}

function indent(rows: readonly (readonly [string, string])[]): string {
  return alignColumns(rows)
    .map((line) => `  ${line}\n`)
    .join('')
}
