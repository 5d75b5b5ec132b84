import type { Generated } from 'kysely'
import { prepared } from '../../kernel/db/index.ts'
import type { Reader, Tx } from '../../kernel/db/index.ts'

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    /** How the operator's key came to be the one it is. Of the server, not of an organisation; public. */
    log_key_rotations: { number: Generated<number>; vkey: string; note: string; at: number }
  }
}

/** The notes, oldest first. */
export async function listRotations(db: Reader): Promise<readonly string[]> {
  const rows = await db.selectFrom('log_key_rotations').select('note').orderBy('number').execute()
  return rows.map((row) => row.note)
}

/** The key that the newest rotation began; undefined while the first key signs. */
export async function newestRotatedKey(db: Reader): Promise<string | undefined> {
  return (await newest(db, {})).rows[0]?.vkey
}

const newest = prepared((db: Reader) =>
  db.selectFrom('log_key_rotations').select('vkey').orderBy('number', 'desc').limit(1),
)

export async function insertRotation(
  tx: Tx,
  rotation: { readonly vkey: string; readonly note: string; readonly at: number },
): Promise<void> {
  await tx
    .insertInto('log_key_rotations')
    .values({ vkey: rotation.vkey, note: rotation.note, at: rotation.at })
    .execute()
}
