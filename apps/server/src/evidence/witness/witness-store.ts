import type { Reader, Tx } from '../../kernel/db/index.ts'
import type { ConflictName } from './submit-checkpoint.ts'

declare module '../../kernel/db/tables.ts' {
  interface Tables {
    /** The last answer of each witness about each log; `size` and `cosigned_at` of its last good cosignature. */
    witness_states: {
      log: number
      /** The witness's verifier key. */
      witness: string
      organisation: string
      state: 'cosigned' | 'unreachable' | 'refused'
      conflict: ConflictName | null
      why: string
      size: number
      cosigned_at: number
      at: number
    }
    /** Cosignatures that were verified, with the checkpoint's own note; older ones than are needed leave. */
    cosignatures: {
      log: number
      size: number
      witness: string
      organisation: string
      note: string
      line: string
    }
  }
}

export interface WitnessStateRow {
  readonly log: number
  readonly witness: string
  readonly organisation: string
  readonly state: 'cosigned' | 'unreachable' | 'refused'
  readonly conflict: ConflictName | null
  readonly why: string
  readonly size: number
  readonly cosigned_at: number
  readonly at: number
}

export async function readWitnessStates(
  db: Reader,
  organisation: string,
  log: number,
): Promise<readonly WitnessStateRow[]> {
  return await db
    .selectFrom('witness_states')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('log', '=', log)
    .execute()
}

export async function putWitnessState(tx: Tx, row: WitnessStateRow): Promise<void> {
  const { log: _log, witness: _witness, organisation: _organisation, ...rest } = row
  await tx
    .insertInto('witness_states')
    .values(row)
    .onConflict((c) => c.columns(['log', 'witness']).doUpdateSet(rest))
    .execute()
}

export interface CosignatureRow {
  readonly log: number
  readonly size: number
  readonly witness: string
  readonly organisation: string
  /** The checkpoint as the log signed it. */
  readonly note: string
  readonly line: string
}

export async function putCosignature(tx: Tx, row: CosignatureRow): Promise<void> {
  await tx
    .insertInto('cosignatures')
    .values(row)
    .onConflict((c) => c.columns(['log', 'size', 'witness']).doUpdateSet({ line: row.line, note: row.note }))
    .execute()
}

/** Cosignatures of a log, newest checkpoint first. */
export async function readCosignatures(
  db: Reader,
  organisation: string,
  log: number,
): Promise<readonly CosignatureRow[]> {
  return await db
    .selectFrom('cosignatures')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('log', '=', log)
    .orderBy('size', 'desc')
    .orderBy('witness')
    .execute()
}

/** Removes cosignatures of checkpoints smaller than `size`. */
export async function removeCosignaturesBelow(
  tx: Tx,
  organisation: string,
  log: number,
  size: number,
): Promise<void> {
  await tx
    .deleteFrom('cosignatures')
    .where('organisation', '=', organisation)
    .where('log', '=', log)
    .where('size', '<', size)
    .execute()
}
