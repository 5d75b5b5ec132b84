import { openDatabase } from '../../apps/server/src/kernel/db/index.ts'
import { brokenInvariants } from './evidence-invariants.ts'

/** The lines of the summary that a first start prints, by their names. */
export function summarySaid(said: string): Readonly<Record<string, string>> {
  const lines = said.split('\n')
  const start = lines.findIndex((line) => line.startsWith('The journey, as a verifier reads it'))
  const pairs = lines.slice(start + 1).flatMap((line) => {
    const [, name, value] = /^ {2}([a-z ]+?)(?:: | {2,})([\w,]+)/.exec(line) ?? []
    return name === undefined || value === undefined ? [] : [[name, value.replaceAll(',', '')] as const]
  })
  return Object.fromEntries(pairs)
}

/** @param store a path or `postgresql://…`; the server is at rest. */
export async function invariantsOf(store: string, logKey: string): Promise<readonly string[]> {
  const database = await openDatabase(store)
  try {
    return await brokenInvariants(database.read, logKey)
  } finally {
    await database.close()
  }
}

/** How many rows each table has. */
export async function rowsOf(store: string): Promise<Record<string, number>> {
  const database = await openDatabase(store)
  try {
    const tables = await database.read.introspection.getTables()
    const counts: Record<string, number> = {}
    for (const { name } of tables) {
      // Of every table that is there, whatever its name: there is no type for that.
      const row = await database.read
        .selectFrom(name as never)
        .select((e) => e.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      counts[name] = Number(row.count)
    }
    return counts
  } finally {
    await database.close()
  }
}
