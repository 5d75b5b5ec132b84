import { allow } from '@switchboard/api'
import type { Reader, Tx } from '../../kernel/db/index.ts'
import { handleWrite, operationOf } from '../../kernel/handler.ts'
import type { Registration } from '../../kernel/handler.ts'
import type { KeepingRules } from './keeping-rules.ts'
import {
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

/** Packages of an organisation whose recordings are evidence: neither their age nor want of room takes them away. */
export type Quarantined = (db: Reader | Tx, organisation: string) => Promise<readonly string[]>

/** `recording.prune`: a batch of those whose time is over; without any, a batch of the oldest while there are too many. */
export function pruneRecordings(rules: KeepingRules, quarantined: Quarantined): Registration {
  return handleWrite(operationOf('recording.prune'), {
    async run(ctx) {
      const { organisation } = ctx.actor
      const except = await quarantined(ctx.tx, organisation)
      const old = await eraseRecordings(ctx.tx, organisation, {
        before: ctx.at - rules.days * dayMs,
        except,
        limit: batch,
      })
      ctx.count({ rows: old.recordings })
      if (old.recordings > 0) {
        const { recordings: expired, answers, bytes } = old
        return allow({ expired, evicted: 0, answers, bytes, more: expired === batch })
      }
      const wanted = rules.mostBytes * roomShare
      const kept = await recordedBytes(ctx.tx, organisation)
      if (kept <= wanted) return allow({ expired: 0, evicted: 0, answers: 0, bytes: 0, more: false })
      // As many as would do if all were of one size; the next batch looks again.
      const share = Math.ceil(((await countRecordings(ctx.tx, organisation)) * (kept - wanted)) / kept)
      const {
        recordings: evicted,
        answers,
        bytes,
      } = await eraseRecordings(ctx.tx, organisation, { limit: Math.min(batch, share), except })
      ctx.count({ rows: evicted })
      const more = evicted > 0 && kept - bytes > wanted
      return allow({ expired: 0, evicted, answers, bytes, more })
    },
  })
}

/** Organisations with something to prune: recordings whose time is over, or too many of them. */
export async function organisationsToPrune(
  db: Reader,
  rules: KeepingRules,
  quarantined: Quarantined,
  at: number,
): Promise<readonly string[]> {
  const due: string[] = []
  for (const organisation of await organisationsWithRecordings(db)) {
    const recordedAt = await oldestRecording(db, organisation, await quarantined(db, organisation))
    // Nothing that may go: asked again and again, it would leave nothing but receipts.
    if (recordedAt === undefined) continue
    const isOver = recordedAt < at - rules.days * dayMs
    if (isOver || (await recordedBytes(db, organisation)) > rules.mostBytes) due.push(organisation)
  }
  return due
}
