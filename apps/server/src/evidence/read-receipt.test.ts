import assert from 'node:assert/strict'
import { verifyReceipt } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { sql } from 'kysely'
import { performDirectly } from '../../../../tests/support/perform-directly.ts'
import { onEachStore } from '../../../../tests/support/stores.ts'
import { canonicalJson } from '../kernel/canonical.ts'
import type { Database } from '../kernel/db/index.ts'
import type { Actor } from '../kernel/handler.ts'
import { evidenceMigrations } from './index.ts'
import {
  ana,
  at,
  draftOf,
  drafts,
  openEvidence,
  organisation,
  temporaryFolder,
} from './testing/evidence-fixture.ts'
import type { OpenedEvidence } from './testing/evidence-fixture.ts'

// The fixture's ids have the form that the types promise.
const actor = { organisation, user: ana, name: 'Ana', roles: ['analyst'], demo: false, kind: 'user' } as Actor
const stranger = { ...actor, organisation: 'org_019900000000700080000000000000a2' } as Actor

async function ask<T>(
  database: Database,
  evidence: OpenedEvidence,
  operation: string,
  input: unknown,
  as = actor,
): Promise<T> {
  const outcome = await performDirectly(database, {
    registrations: evidence.registrations,
    operation,
    actor: as,
    input,
    at,
  })
  // Each test says what the operation answers.
  return (outcome.ok ? outcome.value : outcome.denial) as T
}

interface ReadReceipt {
  readonly receipt: { readonly index: number | null; readonly sentence: string }
  readonly parts: Record<string, unknown>
  readonly entry: string
  readonly leaf: string
  readonly file?: string
  readonly proof:
    | 'pending'
    | { readonly index: number; readonly checkpoint: string; readonly hashes: readonly string[] }
}

/** A receipt that was read before it had its place. The integrator may be on its last round still, and take one or two. */
async function recordedPending(database: Database, evidence: Awaited<ReturnType<typeof openEvidence>>) {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const draft = draftOf()
    await evidence.record(draft)
    const read = await ask<ReadReceipt>(database, evidence, 'receipt.read', { id: draft.id })
    assert.equal(read.proof === 'pending', read.receipt.index === null)
    if (read.proof === 'pending') return draft
  }
  return assert.fail('No receipt was ever pending.')
}

onEachStore(
  'a receipt is pending until it has its place, and then carries a proof that the verifier accepts',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    await evidence.recordAndIntegrate(...drafts(300))
    const draft = await recordedPending(database, evidence)
    await evidence.recordAndIntegrate(draftOf())
    const read = await ask<ReadReceipt>(database, evidence, 'receipt.read', { id: draft.id })
    assert.ok(read.proof !== 'pending' && read.proof.index >= 300)
    const { index } = read.proof
    const leafCheck = (
      await database.read
        .selectFrom('log_entries')
        .select('leaf_hash')
        .where('idx', '=', index)
        .executeTakeFirstOrThrow()
    ).leaf_hash
    const check = Buffer.from(leafCheck).toString('hex', 0, 4)
    assert.equal(read.leaf, Buffer.from(leafCheck).toString('hex'))
    const receipt = { check, entry: read.entry, index, parts: read.parts }
    const file = `${canonicalJson({ checkpoint: read.proof.checkpoint, proof: read.proof.hashes, receipt })}\n`
    const report = await verifyReceipt(Buffer.from(file), { logKeys: [evidence.logKey] }, nodeCrypto)
    assert.deepEqual(report.findings, [])
    assert.equal(report.ok, true)
    // The same comes as a file, so that nobody has to put it together.
    assert.equal(Buffer.from(read.file ?? '', 'base64').toString('utf8'), file)
    await evidence.close()
  },
)

onEachStore(
  'a damaged tile is made again from the table before a proof leaves',
  evidenceMigrations,
  async (database, t) => {
    const folder = await temporaryFolder(t)
    const first = await openEvidence(database, folder)
    const [draft = draftOf(), ...others] = drafts(300)
    await first.recordAndIntegrate(draft, ...others)
    const { proof } = await ask<ReadReceipt>(database, first, 'receipt.read', { id: draft.id })
    await first.close()
    const second = await openEvidence(database, folder)
    const { readFile, writeFile } = await import('node:fs/promises')
    const log = await first.logFolder()
    const tile = await readFile(`${log}/tile/0/000`)
    const damaged = Buffer.from(tile)
    damaged[40] = (damaged[40] ?? 0) ^ 1
    await writeFile(`${log}/tile/0/000`, damaged)
    assert.deepEqual(
      (await ask<ReadReceipt>(database, second, 'receipt.read', { id: draft.id })).proof,
      proof,
    )
    await second.close()
    assert.deepEqual(await readFile(`${log}/tile/0/000`), tile)
  },
)

onEachStore(
  "another organisation's receipt is unknown, and its list does not show it",
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    const draft = draftOf()
    await evidence.recordAndIntegrate(draft)
    const denial = await ask<{ code: string }>(database, evidence, 'receipt.read', { id: draft.id }, stranger)
    assert.equal(denial.code, 'receipt_unknown')
    assert.deepEqual(await ask(database, evidence, 'receipt.list', {}, stranger), { rows: [] })
    await evidence.close()
  },
)

onEachStore(
  'receipts are listed newest first, by page and by what they are about',
  evidenceMigrations,
  async (database, t) => {
    interface Page {
      readonly rows: readonly { readonly id: string; readonly decision: string }[]
      readonly next?: string
    }
    const evidence = await openEvidence(database, await temporaryFolder(t))
    const plain = drafts(5)
    const denial = { code: 'no', category: 'forbidden', message: 'No.', change: 'Ask.', params: {} }
    const denied = draftOf(
      { decision: 'denied' },
      { subject: { operation: 'plugin.run', package: 'p' }, output: { denial } },
    )
    await evidence.recordAndIntegrate(...plain, denied)
    const newestFirst = [...plain, denied].map((draft) => draft.id).toReversed()
    const first = await ask<Page>(database, evidence, 'receipt.list', { limit: 4 })
    const second = await ask<Page>(database, evidence, 'receipt.list', { limit: 4, cursor: first.next })
    assert.deepEqual(
      [...first.rows, ...second.rows].map((row) => row.id),
      newestFirst,
    )
    assert.equal(second.next, undefined)
    for (const filter of [{ package: 'p' }, { decision: 'denied' }, { operation: 'plugin.run' }]) {
      const page = await ask<Page>(database, evidence, 'receipt.list', filter)
      assert.deepEqual(
        page.rows.map((row) => row.id),
        [denied.id],
      )
    }
    await evidence.close()
  },
)

interface CheckpointRead {
  readonly checkpoint: string
  readonly size: number
  readonly logs: readonly {
    readonly class: string
    readonly size: number
    readonly origin: string
    readonly path: string
  }[]
}

onEachStore(
  'the checkpoint that somebody read is one that later bundles extend',
  evidenceMigrations,
  async (database, t) => {
    const evidence = await openEvidence(database, await temporaryFolder(t))
    assert.deepEqual(await ask(database, evidence, 'checkpoint.read', {}), {
      checkpoint: '',
      size: 0,
      key: evidence.logKey,
      logs: [],
      witnesses: [],
    })
    await evidence.recordAndIntegrate(...drafts(4))
    await evidence.recordAndIntegrate(draftOf({ retention: 'short' }))
    const read = await ask<CheckpointRead>(database, evidence, 'checkpoint.read', {})
    assert.equal(read.size, 4)
    assert.deepEqual(
      read.logs.map((log) => [
        log.class,
        log.size,
        log.path === `/logs/${log.origin.split('/').slice(-2).join('/')}`,
      ]),
      [
        ['standard', 4, true],
        ['short', 1, true],
      ],
    )
    assert.equal(read.checkpoint, await evidence.checkpoint())
    const { rows } = await sql<{ size: number }>`select size from published_sizes order by size`.execute(
      database.read,
    )
    assert.deepEqual(
      rows.map((row) => row.size),
      [1, 4],
    )
    await evidence.close()
  },
)
