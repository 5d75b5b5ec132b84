import { catalogue } from '@switchboard/api'
import type { CliBinding, OperationSpec } from '@switchboard/api'

export interface OperationCommand extends OperationSpec {
  readonly cli: CliBinding
}

/** The commands that the catalogue binds, by their words. */
export const operationCommands: ReadonlyMap<string, OperationCommand> = new Map(
  (catalogue as readonly OperationSpec[]).flatMap((spec) =>
    spec.cli === undefined ? [] : [[spec.cli.command, { ...spec, cli: spec.cli }] as const],
  ),
)

/**
 * The longest command at the front of `words`, and what follows it.
 *
 * @param names commands of one or two words.
 */
export function splitCommand(
  words: readonly string[],
  names: { has(name: string): boolean },
): { readonly command: string; readonly rest: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const command = words.slice(0, length).join(' ')
    if (words.length >= length && names.has(command)) return { command, rest: words.slice(length) }
  }
  return undefined
}
