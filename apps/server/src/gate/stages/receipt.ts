import type { Evidence, ReceiptDraft } from '../../evidence/index.ts'
import { digestOf } from '../../kernel/canonical.ts'
import type { Actor } from '../../kernel/handler.ts'
import { stricterPap, stricterTlp } from '../../kernel/tlp.ts'
import type { Policy } from '../../policy/index.ts'
import { deniedIn, placeOf } from '../passage.ts'
import type { Passage, Phase, ReceiptStage } from '../passage.ts'

interface ReceiptDeps {
  readonly evidence: Evidence
  readonly policy: Policy
  readonly region: string
  /** Where this server keeps its data. */
  readonly residency: string
  readonly monotonicMicros: () => number
}

/** Stage 8. The only place that makes a receipt, in the transaction of what it tells. */
export function receiptStage(deps: ReceiptDeps): ReceiptStage {
  return (passage, phase, tx) => deps.evidence.record(tx, draftOf(passage, phase, deps))
}

function draftOf(passage: Passage, phase: Phase, deps: ReceiptDeps): ReceiptDraft {
  const actor = passage.actor as Actor
  const parent = phase === 'outcome' ? passage.receiptId : passage.parent?.receiptId
  const output = outputOf(passage, phase)
  return {
    id: phase === 'outcome' ? passage.outcomeId : passage.receiptId,
    traceId: passage.traceId,
    ...(parent === undefined ? {} : { parent }),
    at: passage.at,
    phase,
    decision: decisionOf(passage, phase),
    level: passage.level,
    counts: {
      ...passage.counts,
      bytesIn: passage.inputDigest.bytes,
      bytesOut: typeof output['bytes'] === 'number' ? output['bytes'] : 0,
      wallMicros:
        phase === 'intent' ? 0 : Math.max(0, Math.round(deps.monotonicMicros() - passage.startedMicros)),
    },
    costMicros: phase === 'intent' ? 0n : passage.chargedMicros,
    organisation: actor.organisation,
    parts: {
      actor: actorPart(actor),
      subject: { operation: passage.spec.name, ...passage.subject },
      policy: policyPart(passage, deps.policy),
      place: placePart(passage, deps),
      input: passage.inputDigest,
      output,
    },
  }
}

function decisionOf(passage: Passage, phase: Phase): ReceiptDraft['decision'] {
  if (phase === 'intent') return 'allowed'
  if (passage.fault !== undefined) return 'failed'
  const denied = deniedIn(passage)
  if (denied === undefined) return 'allowed'
  return denied.code === 'approval_required' ? 'parked' : 'denied'
}

function actorPart(actor: Actor): Record<string, unknown> {
  const { via, credential } = actor
  return {
    organisation: actor.organisation,
    user: actor.user,
    name: actor.name,
    roles: actor.roles,
    ...(credential === undefined ? {} : { [credential.kind]: credential.id }),
    ...(via === undefined
      ? {}
      : { via: { package: via.package, version: via.version, digest: via.digest, run: via.run } }),
  }
}

function policyPart(passage: Passage, policy: Policy): Record<string, unknown> {
  const { decision, approval } = passage
  const denied = deniedIn(passage)
  const denial = denied === undefined ? {} : { denial: { code: denied.code, params: denied.params } }
  // Refused before policy was asked: the gate's own rule is named instead.
  if (decision === undefined)
    return {
      effect: 'forbid',
      engine: 'gate',
      rules: [denied?.code ?? 'fault'],
      digest: policy.digest,
      ...denial,
    }
  return {
    effect: decision.effect,
    engine: 'cedar',
    rules: decision.rules,
    reasons: decision.reasons,
    digest: decision.digest,
    ...(approval === undefined ? {} : { approvals: [approval] }),
    ...denial,
  }
}

function placePart(passage: Passage, { region, residency }: ReceiptDeps): Record<string, unknown> {
  const { licences, ...place } = placeOf(passage)
  // What a plugin asks tells something of what it was given, so a call is marked at least as strictly as its run.
  const marked = passage.actor?.via?.marked
  const tlp = marked === undefined ? place.tlp : stricterTlp(marked.tlp, place.tlp ?? marked.tlp)
  const pap = marked === undefined ? place.pap : stricterPap(marked.pap, place.pap ?? marked.pap)
  return {
    region,
    residency,
    ...(tlp === undefined ? {} : { tlp }),
    ...(pap === undefined ? {} : { pap }),
    ...(licences.length === 0 ? {} : { licence: [...new Set(licences)].toSorted() }),
  }
}

function outputOf(passage: Passage, phase: Phase): Record<string, unknown> {
  if (phase === 'intent') return { pending: true }
  if (passage.fault !== undefined)
    return { fault: { code: passage.fault.code, message: passage.fault.message } }
  const { outcome } = passage
  if (outcome === undefined) return {}
  if (!outcome.ok) {
    const { code, category, message, change, params } = outcome.denial
    return { denial: { code, category, message, change, params } }
  }
  return passage.outputDigest ?? digestOf(outcome.value)
}
