import { sql } from 'kysely'
import type { MigrationStep } from '../../kernel/db/index.ts'

/** Finds receipts by version, trace, run, actor and operation; what older receipts say of these is taken from themselves. */
export const receiptSearch: MigrationStep = {
  name: 'evidence/0003-receipt-search',
  async up(db, { dialect }) {
    await db.schema.alterTable('receipts').addColumn('version', 'text').execute()
    await db.schema
      .alterTable('receipts')
      .addColumn('trace', 'text', (c) => c.notNull().defaultTo(''))
      .execute()
    // PostgreSQL reads no JSON in which a text has a zero character, and a caller may have sent one.
    const json = sql`(replace(parts, '\\u0000', '\\ufffd'))::json`
    // The version is that of the package in the column beside it: the subject's, else the one that made the call.
    if (dialect === 'sqlite')
      await sql`update receipts set
        trace = lower(hex(substr(entry, 21, 16))),
        version = case when json_extract(parts, '$.subject.package') is null
          then json_extract(parts, '$.actor.via.version') else json_extract(parts, '$.subject.version') end`.execute(
        db,
      )
    else
      await sql`update receipts set
        trace = encode(substring(entry from 21 for 16), 'hex'),
        version = case when ${json} #>> '{subject,package}' is null
          then ${json} #>> '{actor,via,version}' else ${json} #>> '{subject,version}' end`.execute(db)
    await index('receipts_of_actor', ['organisation', 'actor', 'id'])
    await index('receipts_of_operation', ['organisation', 'operation', 'id'])
    await index('receipts_of_trace', ['organisation', 'trace', 'id'])
    await index('receipts_of_run', ['organisation', 'run', 'id'], sql`run is not null`)
    // Nearly everything is allowed; what was not is what people look for, and costs nothing where there is none.
    await index('receipts_not_allowed', ['organisation', 'decision', 'id'], sql`decision <> 'allowed'`)

    async function index(name: string, columns: string[], where?: ReturnType<typeof sql>): Promise<void> {
      const made = db.schema.createIndex(name).on('receipts').columns(columns)
      await (where === undefined ? made : made.where(where as never)).execute()
    }
  },
}
