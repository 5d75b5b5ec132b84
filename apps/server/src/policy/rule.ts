import type { ActionConstraint, EntityUidJson, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'

/** One Cedar policy with what we ask of each: a name, a sentence, and whether approval lifts it. */
export interface Rule {
  readonly id: string
  readonly file: string
  readonly effect: 'permit' | 'forbid'
  /** `{resource.tlp}` and the like are filled with the facts of a decision. */
  readonly says: string
  /** Set when this prohibition yields to an approval by so many people. */
  readonly quorum?: number
  /** Attributes that its conditions read, such as `resource.tlp`. */
  readonly reads: readonly string[]
  /** Roles that it asks for. */
  readonly roles: readonly string[]
  /** The operations that it speaks of; absent: of every one. */
  readonly actions?: ReadonlySet<string>
  readonly text: string
}

/**
 * Reads the annotations and conditions of one parsed policy.
 *
 * @throws {Error} naming what the policy lacks; the caller adds the file.
 */
export function readRule(file: string, text: string, policy: PolicyJson): Rule {
  const { id, says, approval } = policy.annotations ?? {}
  if (!id) throw new Error('a policy without @id')
  if (!says) throw new Error(`${id} has no @says: the sentence that a person is told`)
  const actions = readActions(policy.action)
  const rule = {
    id,
    file,
    effect: policy.effect,
    says,
    text,
    ...(actions && { actions }),
    ...readConditions(policy),
  }
  if (approval === undefined) return rule
  const quorum = Number(/^quorum:([1-9][0-9]?)$/.exec(approval)?.[1])
  if (Number.isNaN(quorum)) throw new Error(`${id} has @approval("${approval}"); it must be like "quorum:1"`)
  if (policy.effect !== 'forbid')
    throw new Error(`${id} permits, so there is nothing that its @approval could lift`)
  return { ...rule, quorum }
}

function readActions(constraint: ActionConstraint): ReadonlySet<string> | undefined {
  if (constraint.op === 'All') return undefined
  const uids =
    'entities' in constraint ? constraint.entities : 'entity' in constraint ? [constraint.entity] : []
  return new Set(uids.map((uid: EntityUidJson) => ('__entity' in uid ? uid.__entity.id : uid.id)))
}

/** Walks Cedar's own syntax tree: `{".": {left: {Var: "resource"}, attr: "tlp"}}` reads `resource.tlp`. */
function readConditions(policy: PolicyJson): { reads: string[]; roles: string[] } {
  const reads = new Set<string>()
  const roles = new Set<string>()
  visit(policy.conditions, (node) => {
    const path = attributePath(node['.'])
    if (path !== undefined) reads.add(path)
    const contains = asRecord(node['contains'])
    if (contains && attributePath(asRecord(contains['left'])?.['.']) === 'principal.roles') {
      const role = asRecord(contains['right'])?.['Value']
      if (typeof role === 'string') roles.add(role)
    }
  })
  return { reads: [...reads], roles: [...roles] }
}

function attributePath(access: unknown): string | undefined {
  const { left, attr } = asRecord(access) ?? {}
  const variable = asRecord(left)?.['Var']
  return typeof variable === 'string' && typeof attr === 'string' ? `${variable}.${attr}` : undefined
}

function visit(node: unknown, see: (node: Record<string, unknown>) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, see)
    return
  }
  const record = asRecord(node)
  if (record === undefined) return
  see(record)
  for (const value of Object.values(record)) visit(value, see)
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  // A non-null object that is no list may be read by key; what lies behind a key stays unknown.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
