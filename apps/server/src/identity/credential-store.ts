import { sql } from 'kysely'
import type { Reader, Tx } from '../kernel/db/index.ts'
import { newId } from '../kernel/ids.ts'
import type { Id, OrganisationId, UserId } from '../kernel/ids.ts'
import { textPlace } from '../kernel/subject-place.ts'

export type SessionId = Id<'ses'>
export type TokenId = Id<'tok'>
type LinkId = Id<'lnk'>

interface CredentialRow<I> {
  id: I
  organisation: OrganisationId
  user_id: UserId
  /** Of the secret, which is kept nowhere. */
  secret_sha256: string
  created_at: number
  expires_at: number
}
declare module '../kernel/db/tables.ts' {
  interface Tables {
    identity_sessions: CredentialRow<SessionId> & { ended_at: number | null }
    identity_tokens: CredentialRow<TokenId> & { name: string; scopes: string; revoked_at: number | null }
    identity_sign_in_links: CredentialRow<LinkId> & { used_at: number | null }
  }
}

/** Whose credential it is, how long it lasts, and under which hash it will be found. */
export interface NewCredential {
  readonly organisation: OrganisationId
  readonly user: UserId
  readonly sha256: string
  readonly at: number
  readonly expiresAt: number
}

export async function addSession(tx: Tx, session: NewCredential): Promise<SessionId> {
  const id: SessionId = newId('ses')
  await tx
    .insertInto('identity_sessions')
    .values({ id, ...columns(session), ended_at: null })
    .execute()
  return id
}

export async function addToken(
  tx: Tx,
  token: NewCredential & { readonly name: string; readonly scopes: readonly string[] },
): Promise<TokenId> {
  const id: TokenId = newId('tok')
  const { name, scopes } = token
  await tx
    .insertInto('identity_tokens')
    .values({ id, ...columns(token), name, scopes: JSON.stringify(scopes), revoked_at: null })
    .execute()
  return id
}

export async function addSignInLink(tx: Tx, link: NewCredential): Promise<void> {
  await tx
    .insertInto('identity_sign_in_links')
    .values({ id: newId('lnk'), ...columns(link), used_at: null })
    .execute()
}

/** A credential together with its user, as one row: what every call begins with. */
export interface Held {
  readonly id: string
  readonly organisation: OrganisationId
  readonly user: UserId
  readonly name: string
  readonly roles: string
  readonly active: number
  readonly demo: number
  readonly expires_at: number
  readonly revoked_at: number | null
  readonly scopes: string | null
}

export function findSession(db: Reader, sha256: string): Promise<Held | undefined> {
  return db
    .selectFrom('identity_sessions as held')
    .innerJoin('identity_users as user', 'user.id', 'held.user_id')
    .select([
      'held.id',
      'held.organisation',
      'held.user_id as user',
      'user.name',
      'user.roles',
      'user.active',
    ])
    .select(['user.demo', 'held.expires_at', 'held.ended_at as revoked_at', sql<null>`null`.as('scopes')])
    .where('held.secret_sha256', '=', sha256)
    .executeTakeFirst()
}

export function findToken(db: Reader, sha256: string): Promise<Held | undefined> {
  return db
    .selectFrom('identity_tokens as held')
    .innerJoin('identity_users as user', 'user.id', 'held.user_id')
    .select([
      'held.id',
      'held.organisation',
      'held.user_id as user',
      'user.name',
      'user.roles',
      'user.active',
    ])
    .select(['user.demo', 'held.expires_at', 'held.revoked_at', 'held.scopes'])
    .where('held.secret_sha256', '=', sha256)
    .executeTakeFirst()
}

/** When the token runs out; undefined when there is no such token. */
export async function tokenExpiry(
  db: Reader,
  organisation: OrganisationId,
  id: string,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('identity_tokens')
    .select('expires_at')
    .where('organisation', '=', organisation)
    .where('id', '=', id as TokenId) // an id that is none finds nothing
    .executeTakeFirst()
  return row?.expires_at
}

/** Uses a link up: of two that try, one gets it, because only one update finds it unused. */
export async function takeSignInLink(
  tx: Tx,
  sha256: string,
  at: number,
): Promise<{ organisation: OrganisationId; user: UserId } | 'unknown' | 'used' | 'expired'> {
  const taken = await tx
    .updateTable('identity_sign_in_links')
    .set({ used_at: at })
    .where('secret_sha256', '=', sha256)
    .where('used_at', 'is', null)
    .where('expires_at', '>', at)
    .returning(['organisation', 'user_id as user'])
    .executeTakeFirst()
  if (taken !== undefined) return taken
  const link = await tx
    .selectFrom('identity_sign_in_links')
    .select('used_at')
    .where('secret_sha256', '=', sha256)
    .executeTakeFirst()
  if (link === undefined) return 'unknown'
  return link.used_at === null ? 'expired' : 'used'
}

export async function endSession(
  tx: Tx,
  organisation: OrganisationId,
  id: string,
  at: number,
): Promise<boolean> {
  const ended = await tx
    .updateTable('identity_sessions')
    .set({ ended_at: at })
    .where('organisation', '=', organisation)
    .where('id', '=', id as SessionId) // an id that is none finds nothing
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return ended.numUpdatedRows > 0n
}

export async function listTokens(db: Reader, organisation: OrganisationId, user: UserId) {
  const rows = await db
    .selectFrom('identity_tokens')
    .select(['id', 'name', 'scopes', 'created_at', 'expires_at', 'revoked_at'])
    .where('organisation', '=', organisation)
    .where('user_id', '=', user)
    .orderBy('id', 'desc')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scopes: readScopes(row.scopes),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revoked: row.revoked_at !== null,
  }))
}

/** False when the user has no such token; revoking twice keeps the first instant. */
export async function revokeToken(
  tx: Tx,
  token: { organisation: OrganisationId; user: UserId; id: string; at: number },
): Promise<boolean> {
  const revoked = await tx
    .updateTable('identity_tokens')
    .set({ revoked_at: sql<number>`coalesce(revoked_at, ${token.at})` })
    .where('organisation', '=', token.organisation)
    .where('user_id', '=', token.user)
    .where('id', '=', token.id as TokenId) // an id that is none finds nothing
    .executeTakeFirst()
  return revoked.numUpdatedRows > 0n
}

/** Ends everything that a user could act with. */
export async function endCredentials(
  tx: Tx,
  organisation: OrganisationId,
  user: UserId,
  at: number,
): Promise<void> {
  await tx
    .updateTable('identity_sessions')
    .set({ ended_at: at })
    .where('organisation', '=', organisation)
    .where('user_id', '=', user)
    .where('ended_at', 'is', null)
    .execute()
  await tx
    .updateTable('identity_tokens')
    .set({ revoked_at: at })
    .where('organisation', '=', organisation)
    .where('user_id', '=', user)
    .where('revoked_at', 'is', null)
    .execute()
  await tx
    .updateTable('identity_sign_in_links')
    .set({ used_at: at })
    .where('organisation', '=', organisation)
    .where('user_id', '=', user)
    .where('used_at', 'is', null)
    .execute()
}

export async function deleteCredentials(
  tx: Tx,
  organisation: OrganisationId,
): Promise<{ sessions: number; tokens: number }> {
  await tx.deleteFrom('identity_sign_in_links').where('organisation', '=', organisation).execute()
  const sessions = await tx
    .deleteFrom('identity_sessions')
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  const tokens = await tx
    .deleteFrom('identity_tokens')
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  return { sessions: Number(sessions.numDeletedRows), tokens: Number(tokens.numDeletedRows) }
}

export function readScopes(json: string): string[] {
  // Written by addToken alone, from a list of strings.
  return JSON.parse(json) as string[]
}

function columns({ organisation, user, sha256, at, expiresAt }: NewCredential) {
  return { organisation, user_id: user, secret_sha256: sha256, created_at: at, expires_at: expiresAt }
}

export const tokensPlace = textPlace({
  place: 'names of tokens',
  table: 'identity_tokens',
  id: 'id',
  texts: { name: 'replace' },
})
