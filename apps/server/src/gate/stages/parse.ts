import { deny, gateDenials } from '@switchboard/api'
import type { Denial, OperationSpec } from '@switchboard/api'
import { Compile } from 'typebox/compile'
import type { Validator } from 'typebox/compile'
import { canonicalJson, sha256Hex } from '../../kernel/canonical.ts'
import type { Passage, Stage } from '../passage.ts'

/** Stage 2. Unknown input is parsed here, once; behind it every handler trusts its types. */
export function parseStage(): Stage {
  const validators = new Map<OperationSpec, Validator>()

  function validatorOf(spec: OperationSpec): Validator {
    let known = validators.get(spec)
    if (known === undefined) {
      known = Compile(spec.input) as unknown as Validator
      validators.set(spec, known)
    }
    return known
  }

  return async (passage: Passage) => {
    const validator = validatorOf(passage.spec)
    // The digest names what was sent, valid or not; what is no JSON at all has the digest of null.
    passage.inputDigest = digestOfSent(passage.request.input)
    const input: unknown = passage.request.input ?? {}
    if (!validator.Check(input)) return refuse(validator, input)
    // Defaults are filled into a copy: the sender's object may be shared with the enclosing handler.
    passage.input = validator.Default(structuredClone(input))
    return undefined
  }
}

function refuse(validator: Validator, input: unknown): Denial {
  const errors = validator.Errors(input)
  // An unknown field is said by its name; the generic "schema is false" that accompanies it helps nobody.
  const error = errors.find((candidate) => candidate.keyword !== 'boolean') ?? errors[0]
  return deny(gateDenials, 'input_invalid', {
    field: (error?.instancePath ?? '').slice(0, 200),
    rule: (error?.message ?? 'does not fit the schema').slice(0, 300),
  }).denial
}

function digestOfSent(input: unknown): { sha256: string; bytes: number } {
  try {
    const text = canonicalJson(input ?? {})
    return { sha256: sha256Hex(text), bytes: Buffer.byteLength(text) }
  } catch {
    // Lone surrogates and cyclic values have no canonical form; parsing refuses them next.
    return { sha256: sha256Hex('null'), bytes: 0 }
  }
}
