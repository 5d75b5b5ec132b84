import { sql } from 'kysely'

/** Column types that differ between the two engines; everything else is written the same for both. */
export function columnTypes(dialect: 'sqlite' | 'postgresql') {
  return {
    dialect,
    bytes: dialect === 'sqlite' ? sql`blob` : sql`bytea`,
    /** Grows with each row; gaps are allowed, order of commit is not promised. */
    sequence: dialect === 'sqlite' ? sql`integer` : sql`bigserial`,
    integer: dialect === 'sqlite' ? sql`integer` : sql`bigint`,
    real: dialect === 'sqlite' ? sql`real` : sql`double precision`,
  } as const
}
export type ColumnTypes = ReturnType<typeof columnTypes>
