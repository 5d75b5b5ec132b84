import type { Identity } from '../../identity/index.ts'
import type { Passage, Stage } from '../passage.ts'
import { deny, gateDenials } from '@switchboard/api'

/** Stage 1. Nobody in particular may only sign in; a nested call acts as whoever performs the enclosing one. */
export function authenticateStage(
  identity: Pick<Identity, 'authenticate' | 'actorOf' | 'formerActor' | 'systemActor'>,
): Stage {
  return async (passage: Passage) => {
    // Whoever signs in is who the link says, whatever cookie their browser still sends: of somebody else, or of a session
    // that is over.
    const caller =
      passage.spec.anonymous === true && isCredential(passage.request.caller)
        ? ({ kind: 'none' } as const)
        : passage.request.caller
    if (passage.parent?.actor !== undefined) {
      const actor = passage.parent.actor
      passage.actor = passage.via === undefined ? actor : { ...actor, via: passage.via }
      return undefined
    }
    if (caller.kind === 'system') {
      passage.actor = identity.systemActor(caller.organisation)
      return undefined
    }
    const known =
      caller.kind === 'user'
        ? await identity.actorOf(caller.organisation, caller.user)
        : await identity.authenticate(caller, passage.at)
    if (!known.ok) {
      // Whom the server itself brings back is known, if no longer let in: the refusal is receipted, and what waited ends.
      const former =
        caller.kind === 'user' ? await identity.formerActor(caller.organisation, caller.user) : undefined
      if (former !== undefined) passage.actor = former
      return known.denial
    }
    if (known.value.kind === 'nobody' && passage.spec.anonymous !== true) {
      return deny(gateDenials, 'unauthenticated', { reason: 'missing' }).denial
    }
    passage.actor =
      caller.kind === 'user' && caller.scopes !== undefined
        ? { ...known.value, scopes: caller.scopes }
        : known.value
    return undefined
  }
}

function isCredential({ kind }: Passage['request']['caller']): boolean {
  return kind === 'session' || kind === 'token'
}
