import type { Actor, Ceilings, Resource } from '../kernel/handler.ts'
import { papsWithin, tlpsWithin } from '../kernel/tlp.ts'
import type { AttributeType, Shape, Vocabulary } from './vocabulary.ts'

export interface PolicyRequest {
  readonly actor: Actor
  /** The operation's name. */
  readonly action: string
  readonly resource: Resource
  readonly context: {
    /** The scope that a plugin needs for this operation and input; absent: none opens it. */
    readonly capability?: string
    /** Whether the plugin was granted it; must be present when a plugin asks for a capability. */
    readonly granted?: boolean
    /** Of the plugin's installation; must be present when a plugin asks. */
    readonly ceilings?: Ceilings
    /** Whether a quorum approved exactly this input. */
    readonly approved: boolean
    readonly region: string
    /** The level that the sandbox reached. */
    readonly level: string
    /** What the organisation stopped: `stopped`, `quarantined`. */
    readonly holds: readonly string[]
  }
}

type Attributes = Record<string, string | number | boolean | string[]>

export interface Facts {
  readonly principal: Attributes
  readonly resource: Attributes
  readonly context: Attributes
  /** What is absent or of another type than the schema says, such as `resource.tlp`. */
  readonly missing: readonly string[]
}

const principalTypes = { user: 'User', nobody: 'Nobody', system: 'System' } as const

export function principalType(actor: Actor): (typeof principalTypes)[Actor['kind']] {
  return principalTypes[actor.kind]
}

/**
 * Everything that policies may read about a request, held against the schema. A rule over an absent attribute would
 * be skipped in silence, and a skipped prohibition permits: so what is absent is named here and decided as a no.
 */
export function gatherFacts(request: PolicyRequest, vocabulary: Vocabulary): Facts {
  const { actor, action, resource, context } = request
  const missing: string[] = []
  const take = (
    kind: string,
    shape: Shape | undefined,
    given: Readonly<Record<string, unknown>>,
  ): Attributes => {
    const taken: Attributes = {}
    for (const [name, { type, required }] of shape ?? []) {
      const value = given[name]
      if (value === undefined && !required) continue
      if (hasType(value, type)) taken[name] = value as Attributes[string]
      else missing.push(`${kind}.${name}`)
    }
    return taken
  }
  const declared = vocabulary.actions.get(action)
  if (declared !== undefined && !declared.resources.includes(resource.type)) missing.push('resource.type')
  const via = actor.via !== undefined
  const { capability, granted } = context
  // Of a person nothing is bounded; of a plugin whose ceilings are not known nothing is decided.
  const ceilings = via ? context.ceilings : noCeilings
  const marked = actor.via === undefined ? unmarked : actor.via.marked
  return {
    principal: take('principal', vocabulary.entities.get(principalType(actor)), {
      organisation: actor.organisation,
      roles: actor.roles,
      scopes: actor.scopes ?? ['*'],
      demo: actor.demo,
    }),
    resource: take('resource', vocabulary.entities.get(resource.type), {
      ...resource.attributes,
      organisation: resource.organisation,
      tlp: resource.tlp,
    }),
    context: take('context', declared?.context, {
      operation: action,
      region: context.region,
      approved: context.approved,
      level: context.level,
      holds: context.holds,
      via,
      capability: capability ?? '',
      granted: via && capability !== undefined ? granted : false,
      tlp: marked?.tlp,
      pap: marked?.pap,
      tlpWithin: ceilings === undefined ? undefined : tlpsWithin(ceilings.tlp),
      papWithin: ceilings === undefined ? undefined : papsWithin(ceilings.pap),
      licencesWithin: ceilings?.licences,
      insideCase: actor.via === undefined || resource.type !== 'Case' || resource.id === actor.via.case,
    }),
    missing,
  }
}

const noCeilings: Ceilings = { tlp: '', pap: '', licences: [] }
const unmarked = { tlp: 'CLEAR', pap: 'CLEAR' }

function hasType(value: unknown, type: AttributeType): boolean {
  switch (type) {
    case 'String':
      // An empty text says no more than an absent one; only the capability may be empty, and we write that ourselves.
      return typeof value === 'string'
    case 'Long':
      return Number.isSafeInteger(value)
    case 'Bool':
      return typeof value === 'boolean'
    case 'Set<String>':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
  }
}
