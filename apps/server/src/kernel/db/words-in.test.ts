import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import { containsText, holdsText } from '../subject-place.ts'
import { wordFunctions, wordsIn, wordsInJson } from './index.ts'
import type { MigrationStep } from './index.ts'

const table: MigrationStep = {
  name: 'test/0001-said',
  up: (db) => db.schema.createTable('said').addColumn('text', 'text').execute(),
}

const texts = [
  'ANN, at noon',
  'Joanna and the Mannings',
  'ZOË ÜNLÜ-NOWAK',
  'Жанна Мария',
  'हिन्दी में',
  'ﬁnd the Ⅻ ①',
  'zoe@example.org',
  '+49 (30) 1234-56',
  '100% _ ! \\ "quoted"',
  '',
  ' \n\t ',
  JSON.stringify({ note: 'line\nAnn\tsays "no" \\ or', path: 'C:\\new\\ann', sign: '\u0001ann' }),
]
const names = [
  'ann',
  'Zoë Ünlü-Nowak',
  'мария',
  'ZOE@EXAMPLE.ORG',
  '30 1234',
  'हिन्दी',
  'says "no"',
  'nn',
  'manning',
]

onEachStore(
  'a text has the same words in the store as outside, in any script',
  [wordFunctions],
  async ({ read }) => {
    for (const text of texts) {
      const { rows } = await sql<{ plain: string; json: string }>`
      select words(${text}) as plain, json_words(${text}) as json`.execute(read)
      // Around nothing PostgreSQL leaves two spaces, which no name matches either.
      const trimmed = (words: string) => words.trim()
      assert.deepEqual(
        { plain: trimmed(rows[0]?.plain ?? ''), json: trimmed(rows[0]?.json ?? '') },
        { plain: trimmed(wordsIn(text)), json: trimmed(wordsInJson(text)) },
      )
    }
  },
)

onEachStore(
  'a name is found as whole words, in a column as in a text of ours',
  [wordFunctions, table],
  async (database) => {
    await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
      for (const text of texts) await sql`insert into said (text) values (${text})`.execute(tx)
    })
    const found = async (name: string) => {
      const { rows } = await sql<{ text: string }>`
      select text from said where ${containsText('text', name)}`.execute(database.read)
      return rows.map(({ text }) => texts.indexOf(text)).sort((a, b) => a - b)
    }
    const json = texts.length - 1
    for (const name of names)
      assert.deepEqual(
        await found(name),
        texts.flatMap((text, at) => (holdsText(text, name) ? [at] : [])),
        name,
      )
    assert.deepEqual(await found('ann'), [0, json])
    assert.deepEqual(await found('zoë ünlü nowak'), [2])
    assert.deepEqual(await found('МАРИЯ'), [3])
    assert.deepEqual(await found('says "no"'), [json])
    assert.deepEqual(await found('manning'), [])
  },
)
