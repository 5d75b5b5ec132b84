import { inTurn } from '../../kernel/db/index.ts'
import type { Database } from '../../kernel/db/index.ts'
import type { Checkpoint } from '../log/checkpoint.ts'
import type { SubmissionEnd } from './submit-checkpoint.ts'
import { newestCosigned } from './witness-claims.ts'
import type { WitnessPeer } from './witness-list.ts'
import {
  putCosignature,
  putWitnessState,
  readCosignatures,
  removeCosignaturesBelow,
} from './witness-store.ts'
import type { WitnessStateRow } from './witness-store.ts'

// Checkpoints that some witness cosigned but not enough of them: so many sizes back they may still be completed.
const mostIncomplete = 64

export interface AnswerFacts {
  readonly log: { readonly number: number; readonly organisation: string }
  readonly peer: WitnessPeer
  readonly checkpoint: Checkpoint
  readonly before: WitnessStateRow | undefined
  readonly at: number
}

/**
 * Keeps what a witness said; a cosignature together with the state that it makes.
 *
 * @returns the smallest size that cosignatures are still kept of.
 */
export async function recordAnswer(
  database: Database,
  quorum: { readonly peers: readonly WitnessPeer[]; readonly needed: number },
  { log, peer, checkpoint, before, at }: AnswerFacts,
  end: Exclude<SubmissionEnd, { end: 'outdated' }>,
): Promise<number> {
  const { organisation } = log
  const row = {
    log: log.number,
    witness: peer.vkey,
    organisation,
    size: before?.size ?? 0,
    cosigned_at: before?.cosigned_at ?? 0,
    at,
  }
  return await database.writer.transact({ by: 'integrator' }, async (tx) => {
    switch (end.end) {
      case 'unreachable': {
        // A witness that fell silent has taken nothing back: what it refused stays refused.
        const { state, conflict, why } =
          before?.state === 'refused' ? before : { state: end.end, conflict: null, why: end.why }
        await putWitnessState(tx, { ...row, state, conflict, why })
        return 0
      }
      case 'refused':
        await putWitnessState(tx, { ...row, state: end.end, conflict: end.conflict ?? null, why: end.why })
        return 0
      case 'cosigned': {
        // Two witnesses at once would each see its own cosignature alone, and neither that there are enough.
        await inTurn(tx, 'evidence.cosignatures')
        const { size, note } = checkpoint
        const { line, atSeconds } = end
        await putCosignature(tx, { log: log.number, size, witness: peer.vkey, organisation, note, line })
        await putWitnessState(tx, {
          ...row,
          size,
          cosigned_at: atSeconds * 1_000,
          state: end.end,
          conflict: null,
          why: '',
        })
        const rows = await readCosignatures(tx, organisation, log.number)
        const sizes = [...new Set(rows.map((each) => each.size))]
        const oldest = newestCosigned(rows, quorum.peers, quorum.needed)?.size ?? sizes[mostIncomplete] ?? 0
        await removeCosignaturesBelow(tx, organisation, log.number, oldest)
        return oldest
      }
    }
  })
}
