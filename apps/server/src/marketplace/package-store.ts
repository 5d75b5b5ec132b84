import { compare } from 'semver'
import { prepared } from '../kernel/db/index.ts'
import type { MigrationStep, Reader, Tx } from '../kernel/db/index.ts'
import type { Ceilings } from '../kernel/handler.ts'
import { textPlace } from '../kernel/subject-place.ts'

export interface PublisherRow {
  organisation: string
  publisher: string
  key_id: string
  spki_pem: string
  pinned_at: number
  built_in: number
  trust: PublisherTrust
}
/** `pinned` says who signed; `verified`, that an administrator vouches for them. */
export type PublisherTrust = 'built_in' | 'verified' | 'pinned'
export interface PackageRow {
  organisation: string
  name: string
  version: string
  kind: 'plugin' | 'data'
  title: string
  summary: string
  publisher: string
  key_id: string
  digest: string
  /** SHA-256 of the package file in the blob store. */
  file_sha256: string
  manifest: string
  /** JSON array of {path, bytes, sha256}. */
  files: string
  added_at: number
  /** Who added it; '' for what was added before that was kept. */
  added_by: string
}
/** That a person read this very content; another content of the same name and version has no review. */
export interface CodeReviewRow {
  organisation: string
  name: string
  version: string
  digest: string
  reviewed_by: string
  reviewed_by_name: string
  note: string
  reviewed_at: number
}
export interface InstallationRow {
  organisation: string
  name: string
  version: string
  digest: string
  /** A random word that goes wherever this installation leaves something; the residue scan searches for it. */
  canary: string
  installed_at: number
  /** JSON: what it may be given at most. */
  ceilings: string
}
export interface GrantRow {
  organisation: string
  name: string
  scope: string
  granted_by: string
  granted_at: number
}

declare module '../kernel/db/tables.ts' {
  interface Tables {
    publishers: PublisherRow
    packages: PackageRow
    code_reviews: CodeReviewRow
    installations: InstallationRow
    grants: GrantRow
  }
}

export const marketplaceMigrations: readonly MigrationStep[] = [
  {
    name: 'marketplace/0001-packages',
    async up(db, types) {
      await db.schema
        .createTable('publishers')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('publisher', 'text', (c) => c.notNull())
        .addColumn('key_id', 'text', (c) => c.notNull())
        .addColumn('spki_pem', 'text', (c) => c.notNull())
        .addColumn('pinned_at', types.integer, (c) => c.notNull())
        .addColumn('built_in', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('publishers_key', ['organisation', 'key_id'])
        .addUniqueConstraint('publishers_name', ['organisation', 'publisher'])
        .execute()
      await db.schema
        .createTable('packages')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('version', 'text', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('title', 'text', (c) => c.notNull())
        .addColumn('summary', 'text', (c) => c.notNull())
        .addColumn('publisher', 'text', (c) => c.notNull())
        .addColumn('key_id', 'text', (c) => c.notNull())
        .addColumn('digest', 'text', (c) => c.notNull())
        .addColumn('file_sha256', 'text', (c) => c.notNull())
        .addColumn('manifest', 'text', (c) => c.notNull())
        .addColumn('files', 'text', (c) => c.notNull())
        .addColumn('added_at', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('packages_key', ['organisation', 'name', 'version'])
        .execute()
      await db.schema
        .createTable('installations')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('version', 'text', (c) => c.notNull())
        .addColumn('digest', 'text', (c) => c.notNull())
        .addColumn('canary', 'text', (c) => c.notNull())
        .addColumn('installed_at', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('installations_key', ['organisation', 'name'])
        .execute()
      await db.schema
        .createTable('grants')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('scope', 'text', (c) => c.notNull())
        .addColumn('granted_by', 'text', (c) => c.notNull())
        .addColumn('granted_at', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('grants_key', ['organisation', 'name', 'scope'])
        .execute()
    },
  },
  {
    name: 'marketplace/0002-ceilings',
    async up(db) {
      // The lowest, for what was installed before: an administrator looks at each and raises it.
      await db.schema
        .alterTable('installations')
        .addColumn('ceilings', 'text', (c) =>
          c.notNull().defaultTo('{"tlp":"GREEN","pap":"GREEN","licences":["*"]}'),
        )
        .execute()
    },
  },
  {
    name: 'marketplace/0003-trust',
    async up(db, types) {
      await db.schema
        .alterTable('publishers')
        .addColumn('trust', 'text', (c) => c.notNull().defaultTo('pinned'))
        .execute()
      await db.schema
        .alterTable('packages')
        .addColumn('added_by', 'text', (c) => c.notNull().defaultTo(''))
        .execute()
      await db.schema
        .createTable('code_reviews')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('version', 'text', (c) => c.notNull())
        .addColumn('digest', 'text', (c) => c.notNull())
        .addColumn('reviewed_by', 'text', (c) => c.notNull())
        .addColumn('reviewed_by_name', 'text', (c) => c.notNull())
        .addColumn('note', 'text', (c) => c.notNull())
        .addColumn('reviewed_at', types.integer, (c) => c.notNull())
        .addPrimaryKeyConstraint('code_reviews_key', ['organisation', 'digest'])
        .execute()
    },
  },
]

export async function publishersOf(db: Reader | Tx, organisation: string): Promise<readonly PublisherRow[]> {
  return await db
    .selectFrom('publishers')
    .selectAll()
    .where('organisation', '=', organisation)
    .orderBy('publisher')
    .execute()
}

/** False when the key or the name is pinned already. Of two at once, one gets true. */
export async function insertPublisher(tx: Tx, row: PublisherRow): Promise<boolean> {
  const result = await tx
    .insertInto('publishers')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Answers the key's id, or undefined when no such publisher is pinned. */
export async function setPublisherTrust(
  tx: Tx,
  organisation: string,
  publisher: string,
  trust: PublisherTrust,
): Promise<string | undefined> {
  const row = await tx
    .updateTable('publishers')
    .set({ trust })
    .where('organisation', '=', organisation)
    .where('publisher', '=', publisher)
    .returning('key_id')
    .executeTakeFirst()
  return row?.key_id
}

/** Oldest version first of each name; when a release was added says nothing about how new it is. */
export async function packagesOf(db: Reader, organisation: string): Promise<readonly PackageRow[]> {
  const rows = await db
    .selectFrom('packages')
    .selectAll()
    .where('organisation', '=', organisation)
    .orderBy('name')
    .execute()
  return rows.toSorted((a, b) => (a.name === b.name ? compare(a.version, b.version) : 0))
}

/** Oldest version first. */
export async function versionsOf(
  db: Reader | Tx,
  organisation: string,
  name: string,
): Promise<readonly PackageRow[]> {
  const rows = await db
    .selectFrom('packages')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('name', '=', name)
    .execute()
  return rows.toSorted((a, b) => compare(a.version, b.version))
}

export async function insertPackage(tx: Tx, row: PackageRow): Promise<boolean> {
  const result = await tx
    .insertInto('packages')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

interface TrustColumns {
  publisher_trust: PublisherTrust | null
  reviewed_digest: string | null
}

export async function findInstallation(
  db: Reader | Tx,
  organisation: string,
  name: string,
): Promise<(InstallationRow & PackageRow & TrustColumns) | undefined> {
  return (await installationOf(db, { organisation, name })).rows[0]
}

const installationOf = prepared(
  (db: Reader, { organisation, name }: { organisation: string; name: string }) =>
    db
      .selectFrom('installations')
      .innerJoin('packages', (join) =>
        join
          .onRef('packages.organisation', '=', 'installations.organisation')
          .onRef('packages.name', '=', 'installations.name')
          .onRef('packages.version', '=', 'installations.version'),
      )
      // A publisher that is pinned no more vouches for nothing.
      .leftJoin('publishers', (join) =>
        join
          .onRef('publishers.organisation', '=', 'packages.organisation')
          .onRef('publishers.key_id', '=', 'packages.key_id'),
      )
      .leftJoin('code_reviews', (join) =>
        join
          .onRef('code_reviews.organisation', '=', 'packages.organisation')
          .onRef('code_reviews.digest', '=', 'packages.digest'),
      )
      .selectAll('packages')
      .select([
        'installations.canary',
        'installations.installed_at',
        'installations.ceilings',
        'publishers.trust as publisher_trust',
        'code_reviews.digest as reviewed_digest',
      ])
      .where('installations.organisation', '=', organisation)
      .where('installations.name', '=', name),
)

export async function installedNames(db: Reader | Tx, organisation: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('installations')
    .select('name')
    .where('organisation', '=', organisation)
    .execute()
  return new Set(rows.map((row) => row.name))
}

/** False when the package is installed already. Of two at once, one gets true. */
export async function insertInstallation(tx: Tx, row: InstallationRow): Promise<boolean> {
  const result = await tx
    .insertInto('installations')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function grantsOf(
  db: Reader | Tx,
  organisation: string,
  name: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await scopesGranted(db, { organisation, name })
  return new Set(rows.map((row) => row.scope))
}

const scopesGranted = prepared((db: Reader, { organisation, name }: { organisation: string; name: string }) =>
  db
    .selectFrom('grants')
    .select('scope')
    .where('organisation', '=', organisation)
    .where('name', '=', name)
    .orderBy('scope'),
)

/** Grants and ceilings of an installation in one look: each call of a plugin asks. Nothing is granted to what is not installed. */
export async function permitsOf(
  db: Reader,
  organisation: string,
  name: string,
): Promise<{ readonly granted: ReadonlySet<string>; readonly ceilings?: Ceilings }> {
  const { rows } = await permits(db, { organisation, name })
  const [first] = rows
  return {
    granted: new Set(rows.flatMap(({ scope }) => scope ?? [])),
    ...(first === undefined ? {} : { ceilings: JSON.parse(first.ceilings) as Ceilings }),
  }
}

const permits = prepared((db: Reader, { organisation, name }: { organisation: string; name: string }) =>
  db
    .selectFrom('installations')
    .leftJoin('grants', (join) =>
      join
        .onRef('grants.organisation', '=', 'installations.organisation')
        .onRef('grants.name', '=', 'installations.name'),
    )
    .select(['grants.scope', 'installations.ceilings'])
    .where('installations.organisation', '=', organisation)
    .where('installations.name', '=', name),
)

export async function setCeilings(
  tx: Tx,
  organisation: string,
  name: string,
  ceilings: Ceilings,
): Promise<void> {
  await tx
    .updateTable('installations')
    .set({ ceilings: JSON.stringify(ceilings) })
    .where('organisation', '=', organisation)
    .where('name', '=', name)
    .execute()
}

export async function insertGrants(tx: Tx, rows: readonly GrantRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insertInto('grants')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function deleteGrants(
  tx: Tx,
  organisation: string,
  name: string,
  scopes?: readonly string[],
): Promise<number> {
  let query = tx.deleteFrom('grants').where('organisation', '=', organisation).where('name', '=', name)
  if (scopes !== undefined) query = query.where('scope', 'in', scopes)
  return Number((await query.executeTakeFirst()).numDeletedRows)
}

export async function deleteInstallation(tx: Tx, organisation: string, name: string): Promise<void> {
  await tx
    .deleteFrom('installations')
    .where('organisation', '=', organisation)
    .where('name', '=', name)
    .execute()
}

/** Everything the marketplace keeps for an organisation; answers counts by what it was. */
export async function deleteMarketplaceOf(
  tx: Tx,
  organisation: string,
): Promise<{ installations: number; packages: number }> {
  await tx.deleteFrom('grants').where('organisation', '=', organisation).execute()
  const installations = await tx
    .deleteFrom('installations')
    .where('organisation', '=', organisation)
    .executeTakeFirst()
  const packages = await tx.deleteFrom('packages').where('organisation', '=', organisation).executeTakeFirst()
  await tx.deleteFrom('code_reviews').where('organisation', '=', organisation).execute()
  await tx.deleteFrom('publishers').where('organisation', '=', organisation).execute()
  return { installations: Number(installations.numDeletedRows), packages: Number(packages.numDeletedRows) }
}

export async function packagesByDigest(
  db: Reader,
  organisation: string,
  digests: readonly string[],
): Promise<readonly PackageRow[]> {
  if (digests.length === 0) return []
  return await db
    .selectFrom('packages')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('digest', 'in', digests)
    .execute()
}

/** Takes every version of a package off the shelf, with its reviews; answers the digests of their files. */
export async function deletePackages(tx: Tx, organisation: string, name: string): Promise<readonly string[]> {
  await tx
    .deleteFrom('code_reviews')
    .where('organisation', '=', organisation)
    .where('name', '=', name)
    .execute()
  const rows = await tx
    .deleteFrom('packages')
    .where('organisation', '=', organisation)
    .where('name', '=', name)
    .returning('file_sha256')
    .execute()
  return rows.map((row) => row.file_sha256)
}

export async function isFileInUse(db: Reader, fileSha256: string): Promise<boolean> {
  return (
    (await db
      .selectFrom('packages')
      .select('name')
      .where('file_sha256', '=', fileSha256)
      .executeTakeFirst()) !== undefined
  )
}

export const codeReviewsPlace = textPlace({
  place: 'reviews of code',
  table: 'code_reviews',
  id: 'digest',
  texts: { note: 'replace' },
  names: ['reviewed_by_name'],
})
