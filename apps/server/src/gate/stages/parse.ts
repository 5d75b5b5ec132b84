import { deny, gateDenials } from '@switchboard/api'
import type { Denial, OperationSpec } from '@switchboard/api'
import { Compile } from 'typebox/compile'
import type { Validator } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { canonicalJson, sha256Hex } from '../../kernel/canonical.ts'
import { storableJson } from '../../kernel/storable-json.ts'
import type { Passage, Stage } from '../passage.ts'

/** Stage 2. Unknown input is parsed here, once; behind it every handler trusts its types. */
export function parseStage(): Stage {
  const parsers = new Map<OperationSpec, Parser>()

  function parserOf(spec: OperationSpec): Parser {
    let known = parsers.get(spec)
    if (known === undefined) {
      const validator = Compile(spec.input)
      known = { validator, fill: fillerOf(spec.input, validator) }
      parsers.set(spec, known)
    }
    return known
  }

  return async (passage: Passage) => {
    const { validator, fill } = parserOf(passage.spec)
    const input: unknown = passage.request.input ?? {}
    const storable = storableJson(input)
    if ('rule' in storable) {
      passage.inputDigest = { sha256: sha256Hex('null'), bytes: 0 }
      return deny(gateDenials, 'input_invalid', { field: '', rule: storable.rule }).denial
    }
    // The digest names what was sent, valid or not; of a secret it names nothing, not even how long it is.
    const canonical =
      passage.spec.secretInput === undefined
        ? storable
        : { text: canonicalJson(withoutSecrets(input, passage.spec)) }
    passage.inputDigest = { sha256: sha256Hex(canonical.text), bytes: Buffer.byteLength(canonical.text) }
    if (!validator.Check(input)) return refuse(validator, input)
    passage.input = fill(input)
    return undefined
  }
}

/** The fields that the schema names and that are no secrets: a secret in a field that is misspelt is one all the same. */
function withoutSecrets(input: unknown, { input: schema, secretInput = [] }: OperationSpec): unknown {
  if (typeof input !== 'object' || input === null) return null
  const isPublic = (name: string): boolean =>
    Object.hasOwn(schema.properties, name) && !secretInput.includes(name)
  return Object.fromEntries(Object.entries(input).filter(([name]) => isPublic(name)))
}

interface Parser {
  readonly validator: Validator
  /** Gives valid input its defaults, in a copy: the sender's object may be shared with the enclosing handler. */
  readonly fill: (input: unknown) => unknown
}

/**
 * Defaults of an object's own members are filled into a shallow copy. Only a schema with defaults further down has the
 * whole input cloned: for an import of 8,000 rows that took as long as checking it.
 */
function fillerOf(schema: OperationSpec['input'], validator: Validator): Parser['fill'] {
  const { properties = {}, ...rest } = schema as { readonly properties?: Readonly<Record<string, object>> }
  const defaults: [string, unknown][] = []
  for (const [name, { default: value, ...member }] of Object.entries(
    properties as Readonly<Record<string, { default?: unknown }>>,
  )) {
    if (value !== undefined) defaults.push([name, value])
    if (holdsDefault(member) || typeof value === 'object')
      return (input) => validator.Default(structuredClone(input))
  }
  if (holdsDefault(rest)) return (input) => validator.Default(structuredClone(input))
  return (input) => {
    const filled: Record<string, unknown> = { ...(input as Readonly<Record<string, unknown>>) }
    for (const [name, value] of defaults) if (filled[name] === undefined) filled[name] = value
    return filled
  }
}

/** Whether anything below says `default`; a member that is called so counts too, which costs a copy and no more. */
function holdsDefault(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false
  return 'default' in part || Object.values(part).some(holdsDefault)
}

function refuse(validator: Validator, input: unknown): Denial {
  const errors = validator.Errors(input)
  // An unknown field is said by its name; the generic "schema is false" that accompanies it helps nobody.
  const error = errors.find((candidate) => candidate.keyword !== 'boolean') ?? errors[0]
  return deny(gateDenials, 'input_invalid', {
    field: (error?.instancePath ?? '').slice(0, 200),
    rule: (error === undefined ? 'does not fit the schema' : ruleOf(error, errors)).slice(0, 300),
  }).denial
}

/** A choice that was missed is told with all there is to choose from. */
function ruleOf(error: TLocalizedValidationError, errors: readonly TLocalizedValidationError[]): string {
  if (error.keyword !== 'const') return error.message
  const choices = errors.flatMap((other) =>
    other.keyword === 'const' && other.instancePath === error.instancePath
      ? [String(other.params.allowedValue)]
      : [],
  )
  return `must be one of ${choices.join(', ')}`
}
