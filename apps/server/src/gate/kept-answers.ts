import { deny, gateDenials } from '@switchboard/api'
import type { Denial, Outcome } from '@switchboard/api'
import type { Reader, Tx } from '../kernel/db/index.ts'
import type { ReceiptId } from '../kernel/ids.ts'
import { answerKey, claimKey, findKey } from './idempotency-store.ts'
import type { KeyOwner } from './idempotency-store.ts'
import type { Passage } from './passage.ts'

/** Who holds the idempotency key of this passage; undefined when it has none, or may not. */
export function keyOwnerOf(passage: Passage): KeyOwner | undefined {
  const { actor, request, spec } = passage
  const isKeyless = request.idempotencyKey === undefined || spec.effect === 'read'
  if (isKeyless || actor === undefined || actor.via !== undefined) return undefined
  return { organisation: actor.organisation, user: actor.user, key: request.idempotencyKey }
}

/** Why the idempotency key cannot be used with this operation at all. */
export function keyRefusal(passage: Passage): Denial | undefined {
  const owner = keyOwnerOf(passage)
  if (owner === undefined) return undefined
  const rule =
    passage.spec.secretOutput === true
      ? 'must be left out: this answer holds a secret that is shown once and never stored'
      : passage.spec.secretInput !== undefined
        ? 'must be left out: this input holds a secret, and not even its digest is stored'
        : /^[\x21-\x7e]{1,200}$/.test(owner.key)
          ? undefined
          : 'must be 1 to 200 visible ASCII characters'
  return rule === undefined
    ? undefined
    : deny(gateDenials, 'input_invalid', { field: 'Idempotency-Key', rule }).denial
}

/** Takes the key for this passage, in its transaction; the denial when another has it. */
export async function claimKeyOf(passage: Passage, tx: Tx): Promise<Denial | undefined> {
  const owner = keyOwnerOf(passage)
  if (owner === undefined) return undefined
  const isTaken = !(await claimKey(tx, owner, {
    operation: passage.spec.name,
    inputSha256: passage.inputDigest.sha256,
    receipt: passage.receiptId,
    package: passage.subject.package ?? null,
    at: passage.at,
  }))
  return isTaken ? deny(gateDenials, 'idempotency_in_progress', { key: owner.key }).denial : undefined
}

/** What an earlier request with the same key was answered, or why this one gets nothing of it; undefined for the first. */
export async function earlierAnswer(
  db: Reader,
  passage: Passage,
): Promise<
  | { readonly outcome: Outcome<unknown>; readonly receiptId: ReceiptId }
  | { readonly denial: Denial }
  | undefined
> {
  const owner = keyOwnerOf(passage)
  const known = owner === undefined ? undefined : await findKey(db, owner)
  if (owner === undefined || known === undefined) return undefined
  if (known.operation !== passage.spec.name || known.input_sha256 !== passage.inputDigest.sha256)
    return { denial: deny(gateDenials, 'idempotency_conflict', { key: owner.key }).denial }
  if (known.answer === null)
    return { denial: deny(gateDenials, 'idempotency_in_progress', { key: owner.key }).denial }
  // Written by rememberAnswer alone.
  const { receiptId, ...outcome } = JSON.parse(known.answer) as Outcome<unknown> & { receiptId: ReceiptId }
  const { decision } = passage
  // What was free when it was asked may need an approval by now; an answer kept from then is no way around it.
  if (outcome.ok && decision !== undefined && decision.effect !== 'permit') {
    const { rules, reasons, digest: policyDigest } = decision
    const action = passage.spec.name
    return { denial: deny(gateDenials, 'policy_denied', { action, rules, reasons, policyDigest }).denial }
  }
  return { outcome, receiptId }
}

/** Keeps the answer under the key, in the transaction of what it tells. */
export async function rememberAnswer(passage: Passage, tx: Tx): Promise<void> {
  const owner = keyOwnerOf(passage)
  const { outcome } = passage
  if (owner === undefined || outcome === undefined) return
  const isOutcome = outcome.ok && passage.registration.effect === 'external'
  const receiptId = isOutcome ? passage.outcomeId : passage.receiptId
  await answerKey(tx, owner, JSON.stringify({ ...outcome, receiptId }))
}
