import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { performDirectly } from '../../../../../tests/support/perform-directly.ts'
import { onEachStore } from '../../../../../tests/support/stores.ts'
import type { Database } from '../../kernel/db/index.ts'
import { migrate } from '../../kernel/db/index.ts'
import type { Actor } from '../../kernel/handler.ts'
import { evidenceMigrations } from '../index.ts'
import { receiptsAndLog } from '../migrations/0001-receipts-and-log.ts'
import { encodeReceipt } from '../receipt/entry.ts'
import { saltKeyFrom } from '../receipt/salt.ts'
import {
  ana,
  at,
  draftOf,
  drafts,
  openEvidence,
  organisation,
  temporaryFolder,
} from '../testing/evidence-fixture.ts'
import { signCheckpoint } from './checkpoint.ts'
import { emptyTree, growTree, rootOf } from './growing-tree.ts'
import { openLogKey } from './log-key.ts'
import { proveConsistency, proveInclusion } from './proofs.ts'
import { leafHash } from './tree-hash.ts'

const neighbour = 'org_019900000000700080000000000000a2'
const ofNeighbour = () => draftOf({ organisation: neighbour })

async function tamper(database: Database, statement: ReturnType<typeof sql>): Promise<void> {
  await database.writer.transact({ by: 'migration' }, (tx) => statement.execute(tx))
}

onEachStore(
  'each organisation has a log for each class, and a batch signs each log that it touches once',
  evidenceMigrations,
  async (database, t) => {
    const batches: { receipts: number; logs: number }[] = []
    const evidence = await openEvidence(database, await temporaryFolder(t), {
      onBatch: ({ receipts, logs }) => batches.push({ receipts, logs }),
      retentionOf: (_tx, of, operation) =>
        of === neighbour && operation === 'graph.search' ? 'short' : 'standard',
    })
    const about = draftOf({ retention: 'short' }, { subject: { operation: 'hold.place' } })
    const sent = [draftOf(), ofNeighbour(), draftOf({ retention: 'short' }), about, draftOf()]
    await evidence.recordAndIntegrate(...sent)
    assert.deepEqual(batches, [{ receipts: 5, logs: 4 }])
    const own = await evidence.logsOf(organisation)
    assert.deepEqual(
      own.map((log) => log.class),
      ['standard', 'short', 'long'],
    )
    const [other, ...others] = await evidence.logsOf(neighbour)
    assert.deepEqual([other?.class, others.length], ['short', 0])
    // Logs of one organisation lie beside each other, those of two do not.
    assert.equal(new Set(own.map((log) => log.address.split('/')[1])).size, 1)
    assert.notEqual(other?.address.split('/')[1], own[0]?.address.split('/')[1])
    assert.deepEqual(
      [evidence.logSize(), evidence.logSize(organisation), evidence.logSize(neighbour)],
      [5, 4, 1],
    )
    const { rows } = await sql<{
      entry: Uint8Array
    }>`select entry from receipts where id = ${about.id}`.execute(database.read)
    assert.equal(rows[0]?.entry[63], 3)
    const checkpoints = await Promise.all(
      [...own, other].map(async (log) => (await log?.newest())?.checkpoint),
    )
    assert.deepEqual(
      checkpoints.map((checkpoint) => checkpoint?.note.split('\n', 2).join(' ')),
      [...own, other].map((log, at) => `${log?.origin} ${at === 0 ? 2 : 1}`),
    )
    await evidence.close()
  },
)

/** A store as it was before there were logs: one log for all, its tiles and checkpoint at the evidence folder's root. */
async function storeFromBefore(database: Database, folder: string, organisations: readonly string[]) {
  await migrate(database, [receiptsAndLog])
  const key = await openLogKey(join(folder, 'keys'), { isNewLog: true })
  const growing = growTree(emptyTree)
  const sent = organisations.map((of) => draftOf({ organisation: of }))
  await database.writer.transact({ by: 'migration' }, async (tx) => {
    for (const [index, draft] of sent.entries()) {
      const { entry, parts } = encodeReceipt(draft, saltKeyFrom(Buffer.alloc(32, 1)))
      const leaf = leafHash(entry)
      await sql`insert into receipts
        (id, organisation, operation, actor, phase, decision, at, level, calls, rows, cost_micros, rule, entry, parts)
        values (${draft.id}, ${draft.organisation}, 'graph.search', 'usr', 'effect', 'allowed', ${draft.at}, 'none',
          0, 3, 120, '', ${entry}, ${parts})`.execute(tx)
      if (index === sent.length - 1) {
        await sql`insert into receipt_outbox (receipt_id, leaf_hash) values (${draft.id}, ${leaf})`.execute(
          tx,
        )
        continue
      }
      growing.append(leaf)
      await sql`insert into log_entries (idx, receipt_id, leaf_hash) values (${index}, ${draft.id}, ${leaf})`.execute(
        tx,
      )
    }
    const tree = growing.state()
    const { size, root, note } = signCheckpoint(key, key.name, tree.size, rootOf(tree))
    await sql`insert into checkpoints (size, root, note, at) values (${size}, ${root}, ${note}, 1)`.execute(
      tx,
    )
    await sql`insert into published_sizes (size) values (${size})`.execute(tx)
    await writeFile(join(folder, 'checkpoint'), note)
  })
  return { key, sent }
}

onEachStore(
  'a store from before keeps its log under its name, and whoever comes new gets a log of their own',
  [],
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const organisations = [organisation, neighbour, organisation, organisation, neighbour]
    const { key, sent } = await storeFromBefore(database, folder, organisations)
    await migrate(database, evidenceMigrations)
    const evidence = await openEvidence(database, folder)
    await evidence.integrated(sent.map((draft) => draft.id))
    await evidence.recordAndIntegrate(draftOf(), ofNeighbour())
    const [kept, ...others] = await evidence.logsOf(organisation)
    assert.ok(kept !== undefined && others.length === 0)
    assert.deepEqual([kept.class, kept.origin, kept.address, kept.sharedBelow], ['standard', key.name, '', 4])
    // The neighbour's receipt that waited in the outbox, and the one after it.
    const own = await evidence.standardLog(neighbour)
    assert.match(own.origin, /\/[0-9a-f]{8}\/standard$/)
    assert.deepEqual([evidence.logSize(organisation), evidence.logSize(neighbour)], [5, 2])
    // Its entries are shown to the organisation it is of now, and of those only its own.
    const entriesFor = async (of: string) =>
      await performDirectly(database, {
        registrations: evidence.registrations,
        operation: 'log.entries',
        actor: {
          organisation: of,
          user: ana,
          name: 'Ana',
          roles: [],
          demo: false,
          kind: 'user',
        } as unknown as Actor,
        input: { log: '', tile: 'tile/entries/000.p/5' },
        at,
      })
    const shown = await entriesFor(organisation)
    assert.ok(shown.ok)
    // As the operation's schema says.
    const bundle = Buffer.from((shown.value as { entries: string }).entries, 'base64')
    const lengths: number[] = []
    for (let byte = 0; byte < bundle.length; byte += 2 + (lengths.at(-1) ?? 0))
      lengths.push(bundle.readUInt16BE(byte))
    assert.deepEqual(lengths, [304, 0, 304, 304, 304])
    assert.equal((await entriesFor(neighbour)).ok, false)
    // Old receipts of the neighbour are proved where they are; what was published is still extended.
    await kept.prove(async (view) => {
      assert.ok((await proveInclusion(view, 1)).hashes.length > 0)
      assert.ok((await proveConsistency(view, 4)).hashes.length > 0)
    })
    await evidence.close()
    assert.match(await readFile(join(folder, 'checkpoint'), 'utf8'), /\n5\n/)
    await (await openEvidence(database, folder)).close()
    await tamper(database, sql`update receipts set organisation = 'org_x' where id = ${sent[0]?.id}`)
    await (await openEvidence(database, folder)).close()
    await tamper(
      database,
      sql`update receipts set organisation = 'org_x'
        where id = (select receipt_id from log_entries where idx = 4 order by log limit 1)`,
    )
    await assert.rejects(openEvidence(database, folder), {
      code: 'log_altered',
      message: /another organisation/,
    })
  },
)

onEachStore('an empty store from before becomes one with logs', [], async (database, t) => {
  await migrate(database, [receiptsAndLog])
  await migrate(database, evidenceMigrations)
  const evidence = await openEvidence(database, await temporaryFolder(t))
  await evidence.recordAndIntegrate(draftOf())
  assert.match((await evidence.standardLog()).origin, /\/[0-9a-f]{8}\/standard$/)
  await evidence.close()
})

onEachStore(
  'logs whose checkpoints, entries, owners or files change places are refused at start',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await openEvidence(database, folder)
    await evidence.recordAndIntegrate(...drafts(3), ofNeighbour(), ofNeighbour(), ofNeighbour())
    await evidence.recordAndIntegrate(draftOf({ retention: 'short' }))
    const own = await evidence.standardLog()
    const other = await evidence.standardLog(neighbour)
    await evidence.close()
    const reopen = () => openEvidence(database, folder)
    const swap = async (table: string, column: string) => {
      const change = (from: number, to: number) =>
        tamper(
          database,
          sql`update ${sql.table(table)} set ${sql.ref(column)} = ${to} where ${sql.ref(column)} = ${from}`,
        )
      await change(own.number, 1_000)
      await change(other.number, own.number)
      await change(1_000, other.number)
    }

    await swap('checkpoints', 'log')
    await assert.rejects(reopen(), { code: 'log_checkpoint_invalid', message: /\(origin\)/ })
    await swap('checkpoints', 'log')

    await swap('log_entries', 'log')
    await assert.rejects(reopen(), { code: 'log_altered' })
    await swap('log_entries', 'log')

    // Two logs that change owners, their entries and signatures with them: each tree is whole, but of other people.
    const owners = async (first: string, second: string) => {
      await tamper(database, sql`update logs set organisation = 'org_x' where number = ${own.number}`)
      await tamper(database, sql`update logs set organisation = ${second} where number = ${other.number}`)
      await tamper(database, sql`update logs set organisation = ${first} where number = ${own.number}`)
    }
    await owners(neighbour, organisation)
    await assert.rejects(reopen(), { code: 'log_altered', message: /is of another organisation/ })
    await owners(organisation, neighbour)

    await tamper(database, sql`update logs set class = 'long' where class = 'short'`)
    await assert.rejects(reopen(), { code: 'log_altered', message: /is of another retention class/ })
    await tamper(database, sql`update logs set class = 'short' where class = 'long'`)

    await rename(join(folder, own.address), join(folder, 'aside'))
    await rename(join(folder, other.address), join(folder, own.address))
    await rename(join(folder, 'aside'), join(folder, other.address))
    // A checkpoint of another log is none of this one; both are written anew.
    const again = await reopen()
    assert.equal((await again.standardLog()).origin, own.origin)
    await again.close()
    const written = await readFile(join(folder, own.address, 'checkpoint'), 'utf8')
    assert.ok(written.startsWith(`${own.origin}\n3\n`))
  },
)

onEachStore(
  'an origin that the key may not sign for becomes no path',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await openEvidence(database, folder)
    await evidence.recordAndIntegrate(draftOf())
    await evidence.close()
    const { origin } = await evidence.standardLog()
    for (const lie of [
      `${evidence.keyName}/../../keys`,
      `${evidence.keyName}/5f3e9a01/standard/../../../keys`,
      `${evidence.keyName}/5F3E9A01/standard`,
      `${evidence.keyName}/5f3e9a01/medium`,
      `${evidence.keyName}x/5f3e9a01/standard`,
      'other.example/5f3e9a01/standard',
    ]) {
      await tamper(database, sql`update logs set origin = ${lie}`)
      await assert.rejects(openEvidence(database, folder), { code: 'log_checkpoint_invalid' }, lie)
    }
    // One that it may sign for, but did not: the checkpoint names another.
    await tamper(database, sql`update logs set origin = ${`${evidence.keyName}/5f3e9a01/standard`}`)
    await assert.rejects(openEvidence(database, folder), (error: { code?: string }) =>
      ['log_checkpoint_invalid', 'log_rolled_back'].includes(error.code ?? ''),
    )
    await tamper(database, sql`update logs set origin = ${origin}`)
    await (await openEvidence(database, folder)).close()
  },
)

onEachStore(
  'a log that was published and that the store no longer knows is missed',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const evidence = await openEvidence(database, folder)
    await evidence.recordAndIntegrate(draftOf(), ofNeighbour())
    const { number, address } = await evidence.standardLog(neighbour)
    await evidence.close()
    await tamper(database, sql`delete from logs where number = ${number}`)
    await assert.rejects(openEvidence(database, folder), { code: 'log_altered', message: /removed from/ })
    await tamper(database, sql`delete from checkpoints where log = ${number}`)
    await tamper(database, sql`delete from log_entries where log = ${number}`)
    await assert.rejects(openEvidence(database, folder), {
      code: 'log_rolled_back',
      message: /for a log that the store does not know/,
    })
    // What another key signed there says nothing about this store.
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const stranger = { name: evidence.keyName, privateKey, publicKey, hash: Buffer.alloc(4), vkey: '' }
    const { note } = signCheckpoint(stranger, `${evidence.keyName}/${address.slice(5)}`, 9, Buffer.alloc(32))
    await writeFile(join(folder, address, 'checkpoint'), note)
    await (await openEvidence(database, folder)).close()
    await rm(join(folder, address), { recursive: true })
  },
)
