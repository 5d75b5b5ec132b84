import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Database } from '../../kernel/db/index.ts'
import { newId } from '../../kernel/ids.ts'
import { createEvidence } from '../index.ts'
import type { EvidenceDeps, LogAccess, ReceiptDraft } from '../index.ts'

export const organisation = 'org_019900000000700080000000000000a1'
export const ana = 'usr_019900000000700080000000000000b1'
export const at = Date.UTC(2027, 2, 4, 5, 6, 7)
export const hex64 = (digit: string): string => digit.repeat(64)

/** A receipt as the gate would draft it; `change` replaces members, `parts` replaces parts. */
export function draftOf(
  change: Partial<Omit<ReceiptDraft, 'parts'>> = {},
  parts: Partial<ReceiptDraft['parts']> = {},
): ReceiptDraft {
  return {
    id: newId('rct'),
    traceId: hex64('7').slice(32),
    at,
    phase: 'effect',
    decision: 'allowed',
    level: 'none',
    counts: { calls: 0, rows: 3, bytesIn: 40, bytesOut: 300, wallMicros: 1_200, cpuMicros: 800 },
    costMicros: 120n,
    organisation,
    ...change,
    parts: {
      actor: { organisation, user: ana, name: 'Ana', roles: ['analyst'] },
      subject: { operation: 'graph.search' },
      policy: { effect: 'permit', rules: ['analysts-read'], digest: 'sha256:00', engine: 'cedar' },
      place: { region: 'eu-1', tlp: 'GREEN' },
      input: { sha256: hex64('a'), bytes: 40 },
      output: { sha256: hex64('b'), bytes: 300 },
      ...parts,
    },
  }
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-evidence-'))
  // A witnessed checkpoint may still be on its way to the disk.
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** An evidence log over a migrated store. Closing it and opening another on the same store is a restart. */
export async function openEvidence(database: Database, folder: string, deps: Partial<EvidenceDeps> = {}) {
  const evidence = await createEvidence({ database, clock: () => at, folder, safetyMs: 60_000, ...deps })

  /** Commits receipts in one transaction without telling the integrator, as if the server died right then. */
  async function record(...drafts: readonly ReceiptDraft[]): Promise<void> {
    await database.writer.transact({ by: 'gate', operation: 'test' }, async (tx) => {
      for (const draft of drafts) await evidence.record(tx, draft)
    })
  }
  async function recordAndIntegrate(...drafts: readonly ReceiptDraft[]): Promise<void> {
    await record(...drafts)
    evidence.committed()
    await evidence.integrated(drafts.map((draft) => draft.id))
  }
  /** The standard log of an organisation, the fixture's unless told otherwise. */
  async function standardLog(of = organisation): Promise<LogAccess> {
    const log = (await evidence.logsOf(of)).find((each) => each.class === 'standard')
    if (log === undefined) throw new Error(`${of} has no standard log`)
    return log
  }
  const checkpoint = async (): Promise<string | undefined> =>
    (await (await standardLog()).newest())?.checkpoint.note
  const tile = async (path: string): Promise<Uint8Array | undefined> =>
    await evidence.published.tile((await standardLog()).address, path)
  /** Where the standard log's files lie. */
  const logFolder = async (): Promise<string> => join(folder, (await standardLog()).address)
  return {
    ...evidence,
    get logKey() {
      return evidence.logKey
    },
    standardLog,
    checkpoint,
    tile,
    logFolder,
    recordIn: evidence.record,
    record,
    recordAndIntegrate,
  }
}
export type OpenedEvidence = Awaited<ReturnType<typeof openEvidence>>

export const drafts = (count: number): readonly ReceiptDraft[] =>
  Array.from({ length: count }, () => draftOf())
