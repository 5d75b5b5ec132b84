import assert from 'node:assert/strict'
import type { Clock } from '../kernel/clock.ts'
import type { Database, Reader, Tx } from '../kernel/db/index.ts'
import type { Actor, Registration } from '../kernel/handler.ts'
import type { OrganisationId, UserId } from '../kernel/ids.ts'
import { actorOf, authenticate, nobody, systemActor } from './authenticate.ts'
import type { Credential } from './authenticate.ts'
import { deleteCredentials } from './credential-store.ts'
import { tokenCreate, tokenList, tokenRevoke } from './manage-tokens.ts'
import { userDeactivate, userInvite, userList, whoAmI } from './manage-users.ts'
import type { Role } from './role.ts'
import { userPermissions } from './permissions.ts'
import { issueSignInLink, signIn, signOut } from './sign-in.ts'
import {
  addUser,
  deleteOrganisation,
  ensureOrganisation,
  findUser,
  findUserByName,
  listUsers,
} from './user-store.ts'
import type { User } from './user-store.ts'

export type Identity = ReturnType<typeof createIdentity>

/** @param deps.mayEver policy's word on whether an actor could perform an operation at all: bounds new tokens. */
export function createIdentity(deps: {
  readonly database: Database
  readonly clock: Clock
  readonly mayEver: (actor: Actor, operation: string) => boolean
}) {
  const { database, clock } = deps
  const registrations: readonly Registration[] = [
    signIn,
    signOut,
    whoAmI,
    userPermissions(deps.mayEver),
    userList,
    userInvite,
    userDeactivate,
    tokenCreate(deps.mayEver),
    tokenList,
    tokenRevoke,
  ]
  return {
    registrations,
    nobody,
    systemActor,
    authenticate: (credential: Credential, at: number) => authenticate(database.read, credential, at),

    /** The actor of an operation that waited, as they are now. */
    actorOf: (organisation: OrganisationId, user: UserId) => actorOf(database.read, organisation, user),

    /** Somebody deactivated, without a role: whom a refusal of what waited for them is about. */
    async formerActor(organisation: OrganisationId, id: UserId): Promise<Actor | undefined> {
      const user = await findUser(database.read, organisation, id)
      if (user === undefined || user.active) return undefined
      return { organisation, user: id, name: user.name, roles: [], demo: user.demo, kind: 'user' }
    },

    findUser: (db: Reader, organisation: OrganisationId, user: UserId) => findUser(db, organisation, user),

    /** Whether the user exists and was not deactivated; governance counts votes by it. */
    async isActive(db: Reader, organisation: string, user: string): Promise<boolean> {
      // Ids come from our own rows; one that is none finds nobody.
      return (await findUser(db, organisation as OrganisationId, user as UserId))?.active === true
    },

    /** Whether somebody active, other than `user`, has one of these roles. */
    async hasOther(
      db: Reader,
      organisation: OrganisationId,
      user: UserId,
      roles: readonly Role[],
    ): Promise<boolean> {
      return (await listUsers(db, organisation)).some(
        (other) => other.active && other.id !== user && other.roles.some((role) => roles.includes(role)),
      )
    },

    /** The organisation of that name, created when it is not there. For the first start. */
    ensureOrganisation: (tx: Tx, organisation: { name: string; demo: boolean }): Promise<OrganisationId> =>
      ensureOrganisation(tx, { ...organisation, at: clock() }),

    /** The user of that name, created when it is not there; one who is there keeps the roles they have. */
    async ensureUser(
      tx: Tx,
      user: { organisation: OrganisationId; name: string; roles: readonly Role[]; demo: boolean },
    ): Promise<User> {
      const ensured =
        (await addUser(tx, { ...user, at: clock() })) ??
        (await findUserByName(tx, user.organisation, user.name))
      assert(ensured, 'a user that could not be added is there')
      return ensured
    },

    /** A one-time secret for signing in, valid for 15 minutes. */
    issueSignInLink: (tx: Tx, user: Pick<User, 'id' | 'organisation'>) => issueSignInLink(tx, user, clock()),

    /** Whether anybody ever signed in to the organisation: until then, each start prints a new link. */
    async hasSignedIn(db: Reader, organisation: OrganisationId): Promise<boolean> {
      const session = await db
        .selectFrom('identity_sessions')
        .select('id')
        .where('organisation', '=', organisation)
        .limit(1)
        .executeTakeFirst()
      return session !== undefined
    },

    /** The labelled demonstration, when there is one. */
    async demoOrganisation(db: Reader): Promise<OrganisationId | undefined> {
      return (
        await db.selectFrom('identity_organisations').select('id').where('demo', '=', 1).executeTakeFirst()
      )?.id
    },

    /** Deletes an organisation with its people and credentials; the demonstration is removed by it. */
    async removeOrganisation(
      tx: Tx,
      organisation: OrganisationId,
    ): Promise<{ what: string; count: number }[]> {
      const credentials = await deleteCredentials(tx, organisation)
      const { users } = await deleteOrganisation(tx, organisation)
      return Object.entries({ users, ...credentials }).map(([what, count]) => ({ what, count }))
    },
  }
}
