import type { InputOf, OperationByName, OutputOf } from '@switchboard/api'

export type PackageDetail = OutputOf<OperationByName<'plugin.detail'>>
export type Capability = PackageDetail['capabilities'][number]
type InstallInput = InputOf<OperationByName<'plugin.install'>>

/** What the person chose, as the operation has it: all that is required is `minimal`, anything else goes by name. */
export function installInput(
  { package: { name, version }, capabilities }: Pick<PackageDetail, 'package' | 'capabilities'>,
  chosen: ReadonlySet<string>,
): InstallInput {
  const required = capabilities.filter((each) => each.required)
  const isMinimal = required.length > 0 && required.every(({ scope }) => chosen.has(scope))
  const caps = capabilities
    .filter(({ scope }) => chosen.has(scope))
    .filter((each) => !(isMinimal && each.required))
    .map(({ scope }) => scope)
  return {
    id: name,
    version,
    ...(isMinimal ? { minimal: true } : {}),
    ...(caps.length === 0 ? {} : { caps }),
  }
}

/** The same as a command. */
export function installCommand({ id, version, minimal = false, caps = [] }: InstallInput): string {
  return [
    `npx switchboard plugin install ${id}`,
    version === undefined ? '' : ` --version ${version}`,
    minimal ? ' --minimal' : '',
    caps.length === 0 ? '' : ` --caps ${caps.join(' ')}`,
  ].join('')
}

/** What a choice comes to, in one sentence. */
export function consentInSum(capabilities: readonly Capability[], chosen: ReadonlySet<string>): string {
  const given = capabilities.filter(({ scope }) => chosen.has(scope))
  const lacking = capabilities.filter((each) => each.required && !chosen.has(each.scope))
  if (capabilities.length === 0)
    return 'It names no capability: it computes on what it is handed and reaches nothing.'
  const first =
    given.length === 0
      ? 'It is installed and granted nothing: each of its calls is refused until somebody grants it.'
      : given.length === capabilities.length
        ? `It is installed and granted everything that it names, ${given.length} of ${capabilities.length}.`
        : `It is installed and granted ${given.length} of ${capabilities.length}: ${listOf(given)}.`
  return lacking.length === 0
    ? first
    : `${first} Its author calls ${listOf(lacking)} required: without, runs that need it end in a refusal.`
}

/** What an installation starts with, as the server decides it: a package that names hosts is bounded at GREEN. */
export function firstCeiling(capabilities: readonly Capability[]): 'GREEN' | 'RED' {
  return capabilities.some(({ scope }) => scope.startsWith('net:')) ? 'GREEN' : 'RED'
}

function listOf(capabilities: readonly Capability[]): string {
  return capabilities.map(({ scope }) => scope).join(', ')
}
