import { allow, deny, gateDenials } from '@switchboard/api'
import type { Denial, Outcome } from '@switchboard/api'
import type { Reader } from '../kernel/db/index.ts'
import type { Actor } from '../kernel/handler.ts'
import type { OrganisationId, UserId } from '../kernel/ids.ts'
import { findSession, findToken, readScopes } from './credential-store.ts'
import { lookupHash } from './secret.ts'
import { findUser } from './user-store.ts'

/** What a caller presents. */
export type Credential =
  | { readonly kind: 'session' | 'token'; readonly secret: string }
  | { readonly kind: 'none' }

type Refusal = Denial<
  'unauthenticated',
  { reason: 'missing' | 'unknown' | 'expired' | 'revoked' | 'deactivated' }
>

/** Somebody unknown, of no organisation: policy lets them sign in and nothing else. */
export const nobody: Actor = {
  organisation: `org_${'0'.repeat(32)}` satisfies OrganisationId,
  user: `usr_${'0'.repeat(32)}` satisfies UserId,
  name: 'nobody',
  roles: [],
  demo: false,
  kind: 'nobody',
}

/** The server itself, at its first start, within one organisation. */
export function systemActor(organisation: OrganisationId): Actor {
  return { ...nobody, organisation, name: 'system', kind: 'system' }
}

/**
 * Who presents this credential. Read from the store at each call: a cache would keep a revoked credential alive.
 * The look-up is by hash, so how long it takes says nothing about how much of a guess was right.
 */
export async function authenticate(
  db: Reader,
  credential: Credential,
  at: number,
): Promise<Outcome<Actor, Refusal>> {
  if (credential.kind === 'none') return allow(nobody)
  const sha256 = lookupHash(credential.secret)
  if (sha256 === undefined) return deny(gateDenials, 'unauthenticated', { reason: 'unknown' })
  const held = await (credential.kind === 'session' ? findSession(db, sha256) : findToken(db, sha256))
  if (held === undefined) return deny(gateDenials, 'unauthenticated', { reason: 'unknown' })
  // Deactivation also revokes; said first, because it is the reason behind.
  if (held.active !== 1) return deny(gateDenials, 'unauthenticated', { reason: 'deactivated' })
  if (held.revoked_at !== null) return deny(gateDenials, 'unauthenticated', { reason: 'revoked' })
  if (held.expires_at <= at) return deny(gateDenials, 'unauthenticated', { reason: 'expired' })
  const scopes = held.scopes === null ? ['*'] : readScopes(held.scopes)
  return allow({
    organisation: held.organisation,
    user: held.user,
    name: held.name,
    // Written by addUser alone, from a list of roles.
    roles: JSON.parse(held.roles) as string[],
    demo: held.demo === 1,
    kind: 'user',
    credential: { kind: credential.kind, id: held.id },
    ...(scopes.includes('*') ? {} : { scopes }),
  })
}

/**
 * Somebody named by an operation of theirs that waited: with today's roles, and refused when they were deactivated.
 * It carries no credential, because the one that asked may have run out meanwhile.
 */
export async function actorOf(
  db: Reader,
  organisation: OrganisationId,
  id: UserId,
): Promise<Outcome<Actor, Refusal>> {
  const user = await findUser(db, organisation, id)
  if (user === undefined) return deny(gateDenials, 'unauthenticated', { reason: 'unknown' })
  if (!user.active) return deny(gateDenials, 'unauthenticated', { reason: 'deactivated' })
  const { name, roles, demo } = user
  return allow({ organisation, user: id, name, roles, demo, kind: 'user' })
}
