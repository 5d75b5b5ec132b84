import { allow } from '@switchboard/api'
import { keepHoldsAsTheyAre } from '../../evidence/index.ts'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import { handleWrite, operationOf } from '../../kernel/handler.ts'
import type { Registration } from '../../kernel/handler.ts'
import type { KeepingRules } from './keeping-rules.ts'
import {
  countHeld,
  countRecordings,
  eraseRecordings,
  oldestRecording,
  organisationsWithRecordings,
  recordedBytes,
} from './recording-store.ts'

const dayMs = 24 * 60 * 60 * 1000
/** The writer is held for as long as a batch takes. */
const batch = 500
/** Making room goes on until there is some to work in. */
const roomShare = 0.9

/** What recordings of an organisation are evidence: neither their age nor want of room takes them away. */
export type Kept = (
  db: Reader | Tx,
  organisation: string,
) => Promise<{ readonly packages: readonly string[]; readonly cases: readonly string[] }>

/** `recording.prune`: a batch of those whose time is over; without any, a batch of the oldest while there are too many. */
export function pruneRecordings(rules: KeepingRules, keptOf: Kept): Registration {
  return handleWrite(operationOf('recording.prune'), {
    async run(ctx) {
      const { organisation } = ctx.actor
      await keepHoldsAsTheyAre(ctx.tx, organisation)
      const except = await keptOf(ctx.tx, organisation)
      const over = ctx.at - rules.days * dayMs
      const held = await countHeld(ctx.tx, organisation, { before: over, cases: except.cases })
      const old = await eraseRecordings(ctx.tx, organisation, {
        before: over,
        except,
        limit: batch,
      })
      ctx.count({ rows: old.recordings })
      if (old.recordings > 0) {
        const { recordings: expired, answers, bytes } = old
        return allow({ expired, evicted: 0, answers, bytes, held, more: expired === batch })
      }
      const wanted = rules.mostBytes * roomShare
      const kept = await recordedBytes(ctx.tx, organisation)
      if (kept <= wanted) return allow({ expired: 0, evicted: 0, answers: 0, bytes: 0, held, more: false })
      // As many as would do if all were of one size; the next batch looks again.
      const share = Math.ceil(((await countRecordings(ctx.tx, organisation)) * (kept - wanted)) / kept)
      const {
        recordings: evicted,
        answers,
        bytes,
      } = await eraseRecordings(ctx.tx, organisation, { limit: Math.min(batch, share), except })
      ctx.count({ rows: evicted })
      const more = evicted > 0 && kept - bytes > wanted
      return allow({ expired: 0, evicted, answers, bytes, held, more })
    },
  })
}

/** Organisations with something to prune: recordings whose time is over, or too many of them. */
export async function organisationsToPrune(
  db: Reader,
  rules: KeepingRules,
  keptOf: Kept,
  at: number,
): Promise<readonly string[]> {
  const due: string[] = []
  for (const organisation of await organisationsWithRecordings(db)) {
    const recordedAt = await oldestRecording(db, organisation, await keptOf(db, organisation))
    // Nothing that may go: asked again and again, it would leave nothing but receipts.
    if (recordedAt === undefined) continue
    const isOver = recordedAt < at - rules.days * dayMs
    if (isOver || (await recordedBytes(db, organisation)) > rules.mostBytes) due.push(organisation)
  }
  return due
}
