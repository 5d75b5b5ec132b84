import type { JsonObject } from './canonical-json.ts'
import type { Entry } from './entry.ts'
import { isCount, isList, isObject, isOptionalText, isSha256Hex, isText, isTexts } from './shape.ts'

/** In the order of their commitments; a part's number is its place plus 1. */
export const partNames = ['actor', 'subject', 'policy', 'place', 'input', 'output'] as const
export type PartName = (typeof partNames)[number]

/** Opened parts; what is absent was redacted. Shapes are those of section 4 of the format, checked by `partShapeProblem`. */
export type OpenedParts = { readonly [name in PartName]?: JsonObject }

/** All that a part's shape depends on. */
type Deed = Pick<Entry, 'phase' | 'decision'>

/** What is wrong with an opened part's value, or `undefined`. Unknown members are no problem: they are committed all the same. */
export function partShapeProblem(name: PartName, value: JsonObject, entry: Deed): string | undefined {
  switch (name) {
    case 'actor':
      return actorProblem(value)
    case 'subject':
      return subjectProblem(value)
    case 'policy':
      return policyProblem(value, entry)
    case 'place':
      return placeProblem(value)
    case 'input':
      return digestProblem(value)
    case 'output':
      return outputProblem(value, entry)
  }
}

function actorProblem({ organisation, user, roles, via }: JsonObject): string | undefined {
  if (!isText(organisation) || !isText(user)) return 'organisation and user must be strings'
  if (!isTexts(roles)) return 'roles must be a list of strings'
  if (via === undefined) return undefined
  const isCaller = isObject(via) && ['package', 'version', 'digest', 'run'].every((name) => isText(via[name]))
  return isCaller ? undefined : 'via must name package, version, digest and run'
}

function subjectProblem(value: JsonObject): string | undefined {
  if (!isText(value.operation)) return 'operation must be a string'
  const wrong = ['package', 'version', 'digest', 'case', 'run', 'target'].find(
    (name) => !isOptionalText(value[name]),
  )
  return wrong === undefined ? undefined : `${wrong} must be a string`
}

function policyProblem(
  { effect, rules, digest, engine, reasons, approvals, denial }: JsonObject,
  entry: Deed,
): string | undefined {
  if (effect !== 'permit' && effect !== 'forbid') return 'effect must be permit or forbid'
  if (entry.decision === 'allowed' && effect !== 'permit') return 'an allowed receipt needs the effect permit'
  if (!isTexts(rules) || !isText(digest) || !isText(engine))
    return 'rules, digest and engine must be a list of strings and two strings'
  if (reasons !== undefined && !isTexts(reasons)) return 'reasons must be a list of strings'
  if (approvals !== undefined) {
    const all =
      isList(approvals) && approvals.every((each) => isObject(each) && isText(each.task) && isTexts(each.by))
    if (!all) return 'approvals must be a list of task and by'
  }
  return denial === undefined || (isObject(denial) && isText(denial.code))
    ? undefined
    : 'denial must have a code'
}

function placeProblem({ region, residency, tlp, pap, licence }: JsonObject): string | undefined {
  if (!isText(region)) return 'region must be a string'
  if (![residency, tlp, pap].every(isOptionalText)) return 'residency, tlp and pap must be strings'
  return licence === undefined || isTexts(licence) ? undefined : 'licence must be a list of strings'
}

function digestProblem({ sha256, bytes }: JsonObject): string | undefined {
  return isSha256Hex(sha256) && isCount(bytes)
    ? undefined
    : 'sha256 must be 64 hex digits and bytes a whole number'
}

function outputProblem(value: JsonObject, entry: Deed): string | undefined {
  if (entry.phase === 'intent') return value.pending === true ? undefined : "an intent's output is pending"
  switch (entry.decision) {
    case 'allowed':
      return digestProblem(value)
    case 'denied':
    case 'parked': {
      const { denial } = value
      const texts = ['code', 'category', 'message', 'change']
      const isDenial =
        isObject(denial) && texts.every((name) => isText(denial[name])) && isObject(denial.params)
      return isDenial
        ? undefined
        : `a receipt that is ${entry.decision} needs a denial with code, category, message, change and params`
    }
    case 'failed':
    case 'unknown': {
      const { fault } = value
      const isFault = isObject(fault) && isText(fault.code) && isText(fault.message)
      return isFault ? undefined : `a receipt that is ${entry.decision} needs a fault with code and message`
    }
  }
}
