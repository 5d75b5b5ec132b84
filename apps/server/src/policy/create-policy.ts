import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import type { Actor, Resource } from '../kernel/handler.ts'
import { gatherFacts, principalType } from './gather-facts.ts'
import type { Facts, PolicyRequest } from './gather-facts.ts'
import { loadPolicies } from './load-policies.ts'
import type { Rule } from './rule.ts'

export interface Decision {
  readonly effect: 'permit' | 'forbid'
  /** Ids of the deciding rules, sorted; or `default-deny`, `facts-missing`, `evaluation-failed`. */
  readonly rules: readonly string[]
  /** One sentence per rule, with its facts. */
  readonly reasons: readonly string[]
  /** Of the whole policy set, as `sha256:…`. */
  readonly digest: string
  /** The attributes that the deciding rules read, by path. */
  readonly facts: Readonly<Record<string, unknown>>
  /** Set when an approval is all that is missing. */
  readonly approval?: { readonly rule: string; readonly quorum: number }
}

export interface Policy {
  /** Decides; pure and synchronous. Anything that no rule permits is forbidden. */
  decide(request: PolicyRequest): Decision
  /** Whether `actor` could ever perform `operation` in their own organisation, approvals and markings aside. */
  mayEver(actor: Actor, operation: string): boolean
  /** The weakest sandbox level at which code of such trust may run; `unreachable` when no level would do. */
  neededLevel(code: { readonly trust: string; readonly reviewed: boolean }): SandboxLevelName
  readonly digest: string
  /** By file and place in it. */
  readonly rules: readonly Rule[]
}

/** Weakest first. */
const levels = ['development', 'reduced', 'full'] as const
export type SandboxLevelName = (typeof levels)[number] | 'unreachable'

/** What the engine said; shared between equal requests, so never changed. */
interface Answer {
  readonly effect: Decision['effect']
  readonly rules: readonly Rule[]
  readonly failed: readonly string[]
}

/** Whom a question is about that is nobody's: only the rules matter to its answer. */
const nowhere = 'org_' as Actor['organisation']
const nobodyInParticular = 'usr_' as Actor['user']

/** A question is half a kilobyte. */
const mostAnswers = 5_000

/**
 * @param options.folder the policies; those of the product when left out.
 * @throws {Fault} `policy_invalid`, naming the file.
 */
export function createPolicy(options: { folder?: string } = {}): Policy {
  const folder = options.folder ?? fileURLToPath(new URL('policies', import.meta.url))
  const { rules, vocabulary, digest, setFor } = loadPolicies(folder)
  const roles = [...new Set([...rules.values()].flatMap((rule) => rule.roles))].sort()

  const answers = new Map<string, Answer>()

  /** Asks the engine alone, once for each question. An empty list of rules means that nothing permits. */
  function evaluate(request: PolicyRequest, facts: Facts): Answer {
    const principal = { type: principalType(request.actor), id: request.actor.user }
    const resource = { type: request.resource.type, id: request.resource.id }
    // All that the engine is told; the policies never change while the server runs, so the same question has the same answer.
    const question = JSON.stringify([
      principal,
      request.action,
      resource,
      facts.principal,
      facts.resource,
      facts.context,
    ])
    const known = answers.get(question)
    if (known !== undefined) return known
    const answer = statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: request.action },
      resource,
      context: facts.context,
      preparsedPolicySetId: setFor(request.action),
      entities: [
        { uid: principal, attrs: facts.principal, parents: [] },
        { uid: resource, attrs: facts.resource, parents: [] },
      ],
    })
    assert(answer.type === 'success', JSON.stringify(answer))
    const { decision, diagnostics } = answer.response
    const deciding = diagnostics.reason.map((id) => rules.get(id)).filter((rule) => rule !== undefined)
    const answered: Answer = {
      effect: decision === 'allow' ? 'permit' : 'forbid',
      rules: deciding.sort((a, b) => (a.id < b.id ? -1 : 1)),
      failed: diagnostics.errors.map(({ policyId }) => policyId),
    }
    if (answers.size >= mostAnswers) answers.clear()
    answers.set(question, answered)
    return answered
  }

  function decide(request: PolicyRequest): Decision {
    const facts = gatherFacts(request, vocabulary)
    const { action } = request
    const declared = vocabulary.actions.get(action)
    if (declared === undefined) return refuse('default-deny', [`No rule knows the operation ${action}.`])
    if (!declared.principals.includes(principalType(request.actor)))
      return refuse('default-deny', [whoCould(request)])
    if (facts.missing.length > 0)
      return refuse('facts-missing', [
        `${action} cannot be decided: ${facts.missing.join(', ')} is missing or of the wrong type.`,
      ])
    const answer = evaluate(request, facts)
    // Cedar skips a rule that fails; were that a prohibition, skipping it would permit.
    if (answer.failed.length > 0)
      return refuse('evaluation-failed', [`${answer.failed.join(', ')} could not be evaluated.`])
    if (answer.effect === 'permit' || answer.rules.length === 0 || !answer.rules.every((rule) => rule.quorum))
      return conclude(request, facts, answer)

    // Only rules that yield to approval forbid. Approval is offered if it would do: never to somebody whom no rule
    // permits, nor to a plugin, which cannot wait for people.
    const approved = { ...request, context: { ...request.context, approved: true } }
    const ifApproved = evaluate(approved, gatherFacts(approved, vocabulary))
    if (ifApproved.effect === 'forbid') return conclude(approved, facts, ifApproved)
    const decision = conclude(request, facts, answer)
    if (request.actor.via !== undefined) return decision
    const [strictest] = answer.rules.toSorted((a, b) => (b.quorum ?? 0) - (a.quorum ?? 0))
    assert(strictest?.quorum !== undefined)
    return { ...decision, approval: { rule: strictest.id, quorum: strictest.quorum } }
  }

  function conclude(
    request: PolicyRequest,
    facts: Facts,
    answer: { effect: Decision['effect']; rules: readonly Rule[] },
  ): Decision {
    const { resource } = request
    if (answer.effect === 'forbid' && answer.rules.length === 0)
      return refuse('default-deny', [whoCould(request)], { 'principal.roles': facts.principal['roles'] })
    const read = (path: string): unknown => {
      if (path === 'resource.type') return resource.type
      if (path === 'resource.id') return resource.id
      const [variable = '', attribute = ''] = path.split('.')
      return variable === 'principal' || variable === 'resource' || variable === 'context'
        ? facts[variable][attribute]
        : undefined
    }
    return {
      effect: answer.effect,
      rules: answer.rules.map((rule) => rule.id),
      reasons: answer.rules.map((rule) =>
        rule.says.replaceAll(/\{([^}]*)\}/g, (_, path: string) => spoken(read(path))),
      ),
      digest,
      facts: Object.fromEntries(answer.rules.flatMap((rule) => rule.reads).map((path) => [path, read(path)])),
    }
  }

  /** What would change a "no" that no rule gave: the roles for which the very same request is permitted. */
  function whoCould({ actor, action, resource, context }: PolicyRequest): string {
    if (actor.kind !== 'user')
      return `No rule permits ${actor.kind === 'nobody' ? 'somebody unknown' : 'the system'} to ${action}.`
    const could = roles.filter((role) => {
      const request = {
        actor: { ...actor, roles: [role] },
        action,
        resource,
        context: { ...context, approved: true },
      }
      return evaluate(request, gatherFacts(request, vocabulary)).effect === 'permit'
    })
    const held = actor.roles.length > 0 ? `the role ${actor.roles.join(' or ')}` : 'a user without a role'
    return `No rule permits ${held} to ${action}; ${could.length > 0 ? `${could.join(' or ')} may` : 'no role may'}.`
  }

  function refuse(rule: string, reasons: readonly string[], facts: Decision['facts'] = {}): Decision {
    return { effect: 'forbid', rules: [rule], reasons, digest, facts }
  }

  function mayEver(actor: Actor, operation: string): boolean {
    const types = vocabulary.actions.get(operation)?.resources ?? []
    const { via: _, ...person } = actor
    // Of anybody with these roles anywhere: the question is the same for all of them, and is asked once.
    const asPerson = { ...person, user: nobodyInParticular, organisation: nowhere }
    return types.some((type) => {
      // The schema's resource types are those of the kernel; a test holds them together.
      const resource: Resource = {
        type: type as Resource['type'],
        id: '',
        organisation: nowhere,
        tlp: 'CLEAR',
        attributes: {
          pap: 'CLEAR',
          licence: '',
          trust: 'built_in',
          reviewed: true,
          own: false,
          others: false,
        },
      }
      const context = { approved: true, region: '', level: 'full', holds: [] }
      return decide({ actor: asPerson, action: operation, resource, context }).effect === 'permit'
    })
  }

  function neededLevel(code: { readonly trust: string; readonly reviewed: boolean }): SandboxLevelName {
    const actor: Actor = {
      organisation: nowhere,
      user: nobodyInParticular,
      name: '',
      roles,
      demo: false,
      kind: 'user',
    }
    const resource: Resource = { type: 'Package', id: '', organisation: nowhere, attributes: code }
    const may = (level: string): boolean =>
      decide({
        actor,
        action: 'plugin.run',
        resource,
        context: { approved: false, region: '', level, holds: [] },
      }).effect === 'permit'
    return levels.find(may) ?? 'unreachable'
  }

  return { decide, mayEver, neededLevel, digest, rules: [...rules.values()] }
}

function spoken(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value)
}
