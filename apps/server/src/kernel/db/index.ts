export { migrate } from './migrate.ts'
export type { MigrationStep } from './migrate.ts'
export { openDatabase } from './open-database.ts'
export type { Database, Reader, Tables, Tx, WriteEvent, WritePurpose, Writer } from './tables.ts'
