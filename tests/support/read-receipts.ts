import type { Reader } from '../../apps/server/src/kernel/db/index.ts'

/** What is wrong, in sentences; empty when all invariants hold. */
export type Broken = string[]

export type Receipts = Awaited<ReturnType<typeof readReceipts>>

/** Every receipt as the store has it. */
export async function readReceipts(db: Reader) {
  const rows = await db.selectFrom('receipts').selectAll().orderBy('id').execute()
  return rows.map((row) => {
    const entry = Buffer.from(row.entry)
    const parts = JSON.parse(row.parts) as Readonly<Record<string, Readonly<Record<string, unknown>>>>
    return {
      ...row,
      entry,
      parts,
      cpuMicros: Number(entry.readBigUInt64BE(96)),
      nested: parts['actor']?.['via'] !== undefined,
    }
  })
}
