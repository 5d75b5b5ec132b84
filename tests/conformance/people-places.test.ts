import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { createTestServer } from '../support/test-server.ts'

/**
 * Columns that name nobody, and why. Whoever adds a column of text either says in its store how a person is taken out of
 * it (kernel/subject-place.ts), or puts it here with a reason that a reader can check.
 */
const ids = 'an id that we made, or another fixed word of ours'
const namingNobody: readonly (readonly [column: RegExp, why: string])[] = [
  [
    /\.(id|organisation|case_id|run|parent|trace|receipt|receipt_id|denied_receipt|review|intent|origin|log)$/,
    ids,
  ],
  [
    /\.(user|user_id|opened_by|requested_by|requester|granted_by|added_by|reviewed_by|set_by|by|lifted_by|denied_by|actor|subject)$/,
    'the id of a user',
  ],
  [
    /\.(state|kind|phase|decision|level|operation|rule|tlp|pap|trust|roles|scope|scopes|class|month|epoch|stream|row|usage|type)$/,
    ids,
  ],
  [/\.(package|version|digest|canary|publisher|key_id|key|spki_pem)$/, 'of a package or of its publisher'],
  [/(sha256|withheld_at|withheld_by|entity_id|from_id|to_id)$/, ids],
  [/^(entities|relations)\.(source_name|source_version|source_licence)$/, 'of a data set'],
  [/^packages\.|^installations\.|^publishers\.|^grants\./, 'of packages, as their publishers signed them'],
  [/^secrets\./, 'names and hosts of secrets; the secret itself is sealed'],
  [/^identity_organisations\.name$/, 'an organisation is no person'],
  [/^code_reviews\.name$/, 'the name of a package'],
  [/^checkpoints\.|^log_key_rotations\.|^published_/, 'signed notes about sizes and roots'],
  [
    /^(run_recordings\.body|recorded_answers\.content)$/,
    'packed: searched by recordingsPlace, which unpacks each',
  ],
  [/^retention_(ranges|statements|work)\.|^retention_rules\.rules$/, 'ranges, roots and days'],
  [
    /^feeds\.(name|destination|filter|ca|secret|created_by|error|leased_by)$/,
    'where a feed goes, as its administrator named it; the secret is sealed',
  ],
  [/^feed_cursors\./, ids],
  [/^evidence_blocks\./, 'names and digests of files, and bounds of ids'],
  [/^cosignatures\.|^witness_states\./, 'signed notes, and what a witness answered'],
  [/^schema_migrations/, 'names of our own steps'],
]

test('every text that the store keeps is some place of people, or names nobody for a stated reason', async (t) => {
  const s = await createTestServer(t)
  const columns = await textColumns(s.database.read)
  assert.ok(columns.length > 100, `only ${columns.length} columns were found: the search has gone blind`)
  const places = s.server.subjectPlaces.flatMap(({ columns: of }) =>
    Object.entries(of).flatMap(([table, names]) => (names ?? []).map((name) => `${table}.${name}`)),
  )
  for (const place of places) assert.ok(columns.includes(place), `${place} is declared and not in the store`)
  const unknown = columns.filter(
    (column) => !places.includes(column) && !namingNobody.some(([pattern]) => pattern.test(column)),
  )
  assert.deepEqual(unknown, [])
})

async function textColumns(db: Awaited<ReturnType<typeof createTestServer>>['database']['read']) {
  const { rows } = await sql<{ table: string; column: string; type: string }>`
    select m.name as "table", p.name as "column", lower(p.type) as type
    from sqlite_master m join pragma_table_info(m.name) p
    where m.type = 'table' and m.name not like 'entity_words%' and m.name not like 'sqlite_%'
    order by 1, 2`.execute(db)
  return rows.filter(({ type }) => type === 'text').map(({ table, column }) => `${table}.${column}`)
}
