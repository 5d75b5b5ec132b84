import { prepared } from '../kernel/db/index.ts'
import type { Reader, Tx } from '../kernel/db/index.ts'
import { newId } from '../kernel/ids.ts'
import type { OrganisationId, UserId } from '../kernel/ids.ts'
import type { Role } from './role.ts'
import { nothingThere } from '../kernel/subject-place.ts'
import type { SubjectPlace } from '../kernel/subject-place.ts'

declare module '../kernel/db/tables.ts' {
  interface Tables {
    identity_organisations: { id: OrganisationId; name: string; demo: number; created_at: number }
    identity_users: UserRow
  }
}
interface UserRow {
  id: UserId
  organisation: OrganisationId
  /** Unique within the organisation. */
  name: string
  /** JSON list of roles. */
  roles: string
  active: number
  demo: number
  created_at: number
}

export interface User {
  readonly id: UserId
  readonly organisation: OrganisationId
  readonly name: string
  readonly roles: Role[]
  readonly active: boolean
  readonly demo: boolean
}

/** The organisation of that name, created when it is not there. */
export async function ensureOrganisation(
  tx: Tx,
  { name, demo, at }: { name: string; demo: boolean; at: number },
): Promise<OrganisationId> {
  const id: OrganisationId = newId('org')
  await tx
    .insertInto('identity_organisations')
    .values({ id, name, demo: Number(demo), created_at: at })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  const row = await tx
    .selectFrom('identity_organisations')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return row.id
}

/** Adds a user; undefined when the organisation has one of that name. */
export async function addUser(
  tx: Tx,
  user: { organisation: OrganisationId; name: string; roles: readonly Role[]; demo: boolean; at: number },
): Promise<User | undefined> {
  const row = await tx
    .insertInto('identity_users')
    .values({
      id: newId('usr'),
      organisation: user.organisation,
      name: user.name,
      roles: JSON.stringify(user.roles),
      active: 1,
      demo: Number(user.demo),
      created_at: user.at,
    })
    .onConflict((conflict) => conflict.columns(['organisation', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst()
  return row && toUser(row)
}

export async function findUser(
  db: Reader,
  organisation: OrganisationId,
  id: UserId,
): Promise<User | undefined> {
  const [row] = (await userById(db, { organisation, id })).rows
  return row && toUser(row)
}

const userById = prepared((db: Reader, { organisation, id }: { organisation: OrganisationId; id: UserId }) =>
  db.selectFrom('identity_users').selectAll().where('organisation', '=', organisation).where('id', '=', id),
)

export async function findUserByName(
  db: Reader,
  organisation: OrganisationId,
  name: string,
): Promise<User | undefined> {
  const row = await db
    .selectFrom('identity_users')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('name', '=', name)
    .executeTakeFirst()
  return row && toUser(row)
}

export async function listUsers(db: Reader, organisation: OrganisationId): Promise<User[]> {
  const rows = await db
    .selectFrom('identity_users')
    .selectAll()
    .where('organisation', '=', organisation)
    .orderBy('name')
    .execute()
  return rows.map(toUser)
}

/** Deactivated for good: the name stays theirs, because receipts speak of them. */
export async function deactivateUser(
  tx: Tx,
  organisation: OrganisationId,
  id: UserId,
): Promise<User | undefined> {
  const row = await tx
    .updateTable('identity_users')
    .set({ active: 0 })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row && toUser(row)
}

/** Deletes the organisation itself, last of its rows. */
export async function deleteOrganisation(tx: Tx, organisation: OrganisationId): Promise<{ users: number }> {
  const users = await tx
    .deleteFrom('identity_users')
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  await tx.deleteFrom('identity_organisations').where('id', '=', organisation).execute()
  return { users: Number(users.numDeletedRows) }
}

function toUser(row: UserRow): User {
  return {
    id: row.id,
    organisation: row.organisation,
    name: row.name,
    // We wrote it from a list of roles; nothing else writes this table.
    roles: JSON.parse(row.roles) as Role[],
    active: row.active === 1,
    demo: row.demo === 1,
  }
}

/** The account itself. Its id stays, as what is written about it everywhere; without a name it is nobody's. */
export const accountsPlace: SubjectPlace = {
  place: 'accounts',
  columns: { identity_users: ['name'] },
  async find(db, organisation, subject) {
    if (subject.kind !== 'user') return nothingThere
    const row = await db
      .selectFrom('identity_users')
      .select('name')
      .where('organisation', '=', organisation as OrganisationId)
      .where('id', '=', subject.user as UserId)
      .executeTakeFirst()
    return row === undefined || row.name === erasedName(subject.user)
      ? nothingThere
      : { count: 1, ids: [subject.user], cases: [] }
  },
  async erase(tx: Tx, organisation, subject) {
    if (subject.kind !== 'user') return 0
    const { numUpdatedRows } = await tx
      .updateTable('identity_users')
      // Names are unique in an organisation, those of the erased as well.
      .set({ name: erasedName(subject.user) })
      .where('organisation', '=', organisation as OrganisationId)
      .where('id', '=', subject.user as UserId)
      .executeTakeFirst()
    return Number(numUpdatedRows)
  },
}

function erasedName(user: string): string {
  return `[erased ${user.slice(-8)}]`
}
