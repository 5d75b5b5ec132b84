import assert from 'node:assert/strict'
import { zstdDecompressSync } from 'node:zlib'
import { sql } from 'kysely'
import type { TestServer } from '../../support/test-server.ts'
import { hosts } from './outside.ts'
import type { Outside } from './outside.ts'
import { declared, packages, wordOf } from './world.ts'

const runsEach = 4
const tenants = ['a', 'b'] as const

/**
 * Runs of both tenants in the sandbox at the same time, which read, print and return what they may; what each is answered,
 * and its log, has its own tenant's words and none of the other's. Another's log is not there.
 */
export async function runBoth(s: TestServer, outside: Outside): Promise<void> {
  const calls = [
    ['net.fetch', { url: `https://${hosts.declared}:${outside.port}/run` }],
    ['kv.set', { key: 'v1', value: 'kept in a run' }],
    ['kv.list', {}],
    ['data.lookup', { table: 'ports', key: 22 }],
    ['graph.search', { q: 'thing', limit: 1000 }],
    ['graph.neighbours', { id: 'k:0' }],
    ['nl2cypher', { question: 'how many things are there', run: true }],
  ]
  for (const name of tenants)
    for (const id of packages) {
      await s.value(s[name].admin, 'plugin.grant', { id, caps: declared })
      await s.value(s[name].admin, 'plugin.set_ceilings', { id, tlp: 'RED', pap: 'RED', licences: ['*'] })
    }
  const runs = await Promise.all(
    Array.from({ length: runsEach }, (_, i) =>
      tenants.map(async (name) => {
        const { result, runId } = await s.value(
          s[name].analyst,
          'plugin.run',
          { id: packages[i % packages.length] ?? '', input: { word: wordOf(name), calls } },
          // Both know the key of the other's first run.
          i === 0 ? { idempotencyKey: 'the-same-key' } : {},
        )
        return { name, result, runId }
      }),
    ).flat(),
  )
  for (const { name, result, runId } of runs) {
    const other = name === 'a' ? 'b' : 'a'
    const { lines } = await s.value(s[name].analyst, 'run.log', { id: runId })
    for (const told of [JSON.stringify(result), JSON.stringify(lines)]) {
      assert.ok(told.includes(wordOf(name)), told.slice(0, 300))
      assert.ok(!told.includes(wordOf(other)), told.slice(0, 300))
      assert.ok(!told.includes('"refused"'), told.slice(0, 300))
    }
    assert.equal((await s.denial(s[other].analyst, 'run.log', { id: runId })).code, 'run_unknown')
  }
}

/**
 * Rows that name one organisation and hold the other's word, rows of no organisation that hold any, and rows that hold a
 * secret, in every table that there is.
 */
export async function strayRows(s: TestServer, outside: Outside) {
  const { read } = s.database
  const stray: string[] = []
  /** Tables in which each tenant's own word was found, so that it is known to be looked for well. */
  const own = { a: new Set<string>(), b: new Set<string>() }
  let searched = 0
  for (const { name: table } of await read.introspection.getTables()) {
    // The pages of the text index, of all rows together; the rows are in the table without an ending.
    if (table.startsWith('entity_words_')) continue
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(read)
    searched += rows.length
    for (const row of rows) {
      const text = textOf(row)
      for (const name of tenants) {
        if (!text.includes(wordOf(name))) continue
        if (belongsTo(s[name].organisation, row, text)) own[name].add(table)
        else stray.push(`${table} ${text.slice(0, 300)}`)
      }
      for (const [secret, owner] of outside.owners)
        if (text.includes(secret)) stray.push(`${table} holds the secret of ${owner}`)
    }
  }
  return { stray, searched, own }
}

/** Where there is no such column, as in the text index, the row must say it in another way. */
function belongsTo(organisation: string, row: Readonly<Record<string, unknown>>, text: string): boolean {
  if ('organisation' in row) return row['organisation'] === organisation
  return text.includes(`scope_${organisation.replace('_', '')}`)
}

/** A row with what is packed in it unpacked. */
function textOf(row: Readonly<Record<string, unknown>>): string {
  return Object.values(row)
    .map((value) => {
      if (!(value instanceof Uint8Array)) return String(value)
      const isPacked = Buffer.compare(value.subarray(0, zstdMagic.length), zstdMagic) === 0
      return (isPacked ? zstdDecompressSync(value) : Buffer.from(value)).toString('latin1')
    })
    .join('\n')
}
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
