import { allow, caseDenials, dataDenials, deny, findOperation, gateDenials } from '@switchboard/api'
import type { Denial, OperationSpec, Outcome } from '@switchboard/api'
import { Compile } from 'typebox/compile'
import { operationBehind } from '../../../../server/src/sandbox/capabilities/index.ts'
import { localDenials } from './local-denials.ts'
import type { Answered, World } from './world.ts'

export interface LocalGateSettings {
  readonly package: string
  /** Scopes that the manifest names. */
  readonly declared: ReadonlySet<string>
  readonly granted: ReadonlySet<string>
  /** The case that the run is on; it reaches no other. */
  readonly caseId?: string
  readonly rowsAllowed: number
  readonly world: World
}

/**
 * What stands between a plugin and a world on the author's machine: the gate's own order and denials, for the part of it that
 * a plugin can meet. The input is parsed by the operation's schema, each capability it needs must be named in the manifest and
 * granted, a case must be the run's own, and the rows must fit the budget.
 */
export function createLocalGate(settings: LocalGateSettings) {
  let rowsUsed = 0

  async function perform(method: string, args: unknown): Promise<Answered> {
    const operation = operationBehind(method)?.operation
    const spec: OperationSpec | undefined = operation === undefined ? undefined : findOperation(operation)
    if (spec === undefined)
      return refused(deny(gateDenials, 'operation_unknown', { operation: method }).denial)
    const parsed = parse(spec, args)
    if (!parsed.ok) return refused(parsed.denial)
    const wrong = refusalOf(spec, parsed.value)
    if (wrong !== undefined) return refused(wrong)
    const answered = await settings.world.perform({ method, operation: spec.name, input: parsed.value })
    if (answered === undefined)
      return refused(deny(localDenials, 'not_in_world', { method, operation: spec.name }).denial)
    const used = rowsUsed + answered.rows
    if (used > settings.rowsAllowed)
      return refused(deny(gateDenials, 'BudgetExceeded:rows', { used, allowed: settings.rowsAllowed }).denial)
    rowsUsed = used
    return answered
  }

  function refusalOf(spec: OperationSpec, input: unknown): Denial | undefined {
    const { id } = input as { readonly id?: unknown }
    const isCase = spec.name.startsWith('case.')
    // What is acted on is looked up first: what is not there can be denied to nobody.
    if (isCase && settings.world.has?.('case', String(id)) === false)
      return deny(caseDenials, 'case_unknown', { case: String(id) }).denial
    const { table } = input as { readonly table?: unknown }
    if (spec.name.startsWith('data.') && settings.world.has?.('table', String(table)) === false)
      return deny(dataDenials, 'table_unknown', { table: String(table) }).denial
    const { capability } = spec
    const needed = typeof capability === 'function' ? capability(input as never) : (capability ?? [])
    const missing = [needed]
      .flat()
      .find((scope) => !settings.declared.has(scope) || !settings.granted.has(scope))
    if (missing !== undefined) {
      return deny(gateDenials, 'CapabilityDenied', {
        capability: missing,
        package: settings.package,
        declared: settings.declared.has(missing),
      }).denial
    }
    if (isCase && id !== settings.caseId) {
      return deny(gateDenials, 'policy_denied', {
        action: spec.name,
        rules: ['plugin-stays-in-its-case'],
        reasons: [`The plugin was not run on case ${String(id)}.`],
        policyDigest: 'local',
      }).denial
    }
    return undefined
  }

  return { perform, rowsUsed: () => rowsUsed }
}

function refused(denial: Denial): Answered {
  return { outcome: { ok: false, denial }, rows: 0 }
}

const parsers = new Map<string, ReturnType<typeof Compile>>()

function parse(spec: OperationSpec, input: unknown): Outcome<unknown> {
  const parser = parsers.get(spec.name) ?? Compile(spec.input)
  parsers.set(spec.name, parser)
  const filled: unknown = parser.Default(structuredClone(input))
  if (parser.Check(filled)) return allow(filled)
  // A name too many is told twice: by the name, as "false", and by the object that has it.
  const error = parser.Errors(filled).find(({ keyword }) => keyword !== 'boolean')
  return deny(gateDenials, 'input_invalid', {
    field: error?.instancePath ?? '',
    rule: error?.message ?? 'does not fit',
  })
}
