import { deny, gateDenials } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import type { Reader } from '../../kernel/db/index.ts'
import type { Actor, Ceilings, Resource } from '../../kernel/handler.ts'
import type { Decision, Policy } from '../../policy/index.ts'
import { contextOf } from '../context.ts'
import type { ContextDeps } from '../context.ts'
import type { Passage, Stage } from '../passage.ts'

/** What an installation is allowed as of now; read at each call, so that a revocation holds on the next one. */
export type PermitsOf = (
  db: Reader,
  organisation: string,
  packageName: string,
) => Promise<{ readonly granted: ReadonlySet<string>; readonly ceilings?: Ceilings }>

/** What an organisation stopped: everything of it, or one package. */
export interface Hold {
  readonly kind: 'stopped' | 'quarantined'
  /** What whoever is refused because of it is answered. */
  readonly denial: Denial
}
/** The holds on a package and on the whole organisation; read at each call too, so that a stop holds on the next one. */
export type HoldsOf = (db: Reader, organisation: string, packageName: string) => Promise<readonly Hold[]>

/** The sandbox as a decision needs it. */
export interface SandboxFacts {
  /** The level that guest code runs at here. */
  level(): string
  /** What would raise it, in one line, where something would. */
  mend(): string | undefined
}

/** Stage 3. Policy decides with the thing acted on in view; what belongs to another organisation is not found. */
export function decideStage(
  deps: {
    policy: Policy
    permitsOf: PermitsOf
    holdsOf: HoldsOf
    sandbox: SandboxFacts
    region: string
  } & ContextDeps,
): Stage {
  return async (passage: Passage) => {
    const actor = passage.actor as Actor
    const { via } = actor
    const permits =
      via === undefined
        ? undefined
        : await deps.permitsOf(deps.database.read, actor.organisation, via.package)
    if (permits?.ceilings !== undefined) passage.ceilings = permits.ceilings
    const looked = await lookUp(passage, actor, deps)
    if (!looked.ok) return looked.denial
    passage.resource = looked.value

    const needed = capabilitiesOf(passage)
    const missing = needed.find(
      (scope) => via?.declared.includes(scope) !== true || permits?.granted.has(scope) !== true,
    )
    // Of several the one that is missing is named, so that the answer says what to grant.
    const capability = missing ?? needed[0]
    const granted = via !== undefined && needed.length > 0 && missing === undefined
    const code = via?.package ?? (looked.value.type === 'Package' ? looked.value.id : undefined)
    const holds = code === undefined ? [] : await deps.holdsOf(deps.database.read, actor.organisation, code)
    const decision = deps.policy.decide({
      actor,
      action: passage.spec.name,
      resource: looked.value,
      context: {
        ...(capability === undefined ? {} : { capability }),
        granted,
        ...(permits?.ceilings === undefined ? {} : { ceilings: permits.ceilings }),
        approved: passage.request.approvedBy !== undefined,
        region: deps.region,
        level: deps.sandbox.level(),
        holds: holds.map(({ kind }) => kind),
      },
    })
    passage.decision = decision
    // What only an approval can lift is the next stage's to park; a read has no transaction to park in, so it is refused.
    // Nor is a secret kept while people think it over.
    const parkable =
      decision.approval !== undefined &&
      passage.spec.effect !== 'read' &&
      passage.spec.secretInput === undefined
    if (decision.effect === 'permit' || parkable) return undefined
    return refusal(passage, decision, { ...deps, capability, holds })
  }
}

/** The rules that speak of a hold: their refusal says who holds it, since when and why. */
const holdRules: Readonly<Record<Hold['kind'], readonly string[]>> = {
  stopped: ['stopped-sandbox-does-nothing'],
  quarantined: ['quarantined-package-does-nothing', 'quarantine-keeps-evidence'],
}

function refusal(
  passage: Passage,
  decision: Decision,
  {
    policy,
    sandbox,
    capability,
    holds,
  }: {
    policy: Policy
    sandbox: SandboxFacts
    capability: string | undefined
    holds: readonly Hold[]
  },
): Denial {
  const via = passage.actor?.via
  const hold = holds.find(({ kind }) => decision.rules.some((rule) => holdRules[kind].includes(rule)))
  if (hold !== undefined) return hold.denial
  if (via !== undefined && decision.rules.includes('plugin-needs-grant')) {
    const wanted = capability ?? passage.spec.name
    return deny(gateDenials, 'CapabilityDenied', {
      capability: wanted,
      package: via.package,
      declared: capability !== undefined && via.declared.includes(capability),
    }).denial
  }
  const ceiling = via === undefined ? undefined : brokenCeiling(passage, decision)
  if (via !== undefined && ceiling !== undefined)
    return deny(gateDenials, 'ceiling_exceeded', { package: via.package, ...ceiling }).denial
  const code = passage.resource?.attributes
  // Only when nothing else is in the way: reaching another level must turn the no into a yes.
  if (decision.rules.every((rule) => rule === 'code-needs-its-level') && code !== undefined) {
    const mend = sandbox.mend()
    return deny(gateDenials, 'sandbox_level_insufficient', {
      package: passage.subject.package ?? passage.resource?.id ?? '',
      version: passage.subject.version ?? '',
      reached: sandbox.level(),
      needed: policy.neededLevel({ trust: String(code['trust']), reviewed: code['reviewed'] === true }),
      ...(mend === undefined ? {} : { mend }),
    }).denial
  }
  return deny(gateDenials, 'policy_denied', {
    action: passage.spec.name,
    rules: decision.rules,
    reasons: decision.reasons,
    policyDigest: decision.digest,
  }).denial
}

/** Which ceiling of the installation was in the way, and by what; undefined when something else was as well. */
function brokenCeiling(passage: Passage, decision: Decision) {
  const { ceilings, resource } = passage
  const marked = passage.actor?.via?.marked
  if (ceilings === undefined || marked === undefined) return undefined
  const { licence = '' } = resource?.attributes ?? {}
  const kinds = {
    'plugin-tlp-ceiling': { ceiling: 'tlp', marking: resource?.tlp ?? '', allowed: ceilings.tlp },
    'run-tlp-ceiling': { ceiling: 'tlp', marking: marked.tlp, allowed: ceilings.tlp },
    'run-pap-ceiling': { ceiling: 'pap', marking: marked.pap, allowed: ceilings.pap },
    'plugin-pap-ceiling': {
      ceiling: 'pap',
      marking: String(resource?.attributes?.['pap'] ?? ''),
      allowed: ceilings.pap,
    },
    'plugin-licence-ceiling': {
      ceiling: 'licence',
      marking: String(licence),
      allowed: ceilings.licences.join(', '),
    },
  } as const
  if (!decision.rules.every((rule) => Object.hasOwn(kinds, rule))) return undefined
  return kinds[decision.rules[0] as keyof typeof kinds]
}

function capabilitiesOf(passage: Passage): readonly string[] {
  const { capability } = passage.spec
  const needed = typeof capability === 'function' ? capability(passage.input as never) : (capability ?? [])
  return typeof needed === 'string' ? [needed] : needed
}

async function lookUp(passage: Passage, actor: Actor, deps: ContextDeps) {
  const { resource } = passage.registration.handler
  if (resource !== undefined) return await resource(contextOf(passage, deps), passage.input as never)
  const organisation: Resource = {
    type: 'Organisation',
    id: actor.organisation,
    organisation: actor.organisation,
  }
  return { ok: true, value: organisation } as const
}
