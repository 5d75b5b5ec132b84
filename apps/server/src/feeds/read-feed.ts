import { allow, deny, feedDenials } from '@switchboard/api'
import type { Evidence } from '../evidence/index.ts'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { Registration } from '../kernel/handler.ts'
import { cutBatch } from './cut-batch.ts'
import { readCursor, writeCursor } from './feed-cursor.ts'

/** A page is cut after so many bytes: whoever reads it holds all of it. */
const pageBytes = 4 * 1024 * 1024

/** `feed.read`: the next records after a cursor, in the order of each log. */
export function readFeed({ source }: { readonly source: Evidence['feed'] }): Registration {
  return handleRead(operationOf('feed.read'), {
    async run(ctx, { after, tlp = 'AMBER', limit = 500 }) {
      const { organisation } = ctx.actor
      const logs = await source.logs(ctx.read, organisation)
      const read = readCursor(after, logs)
      if ('rule' in read) return deny(feedDenials, 'feed_cursor_invalid', { rule: read.rule })
      if ('ahead' in read)
        return deny(feedDenials, 'feed_cursor_ahead', {
          log: read.ahead.origin,
          index: read.index,
          size: read.ahead.size,
        })
      const position = new Map(read.position)
      const records: Record<string, unknown>[] = []
      for (const log of logs) {
        const room = limit - records.length
        if (room === 0) break
        const batch = await cutBatch(
          source,
          ctx.read,
          { organisation, log, from: position.get(log.number) ?? 0, begin: 0, filter: {}, tlp },
          { entries: room, bytes: pageBytes },
        )
        for (const record of batch?.records ?? []) {
          position.set(log.number, record.to)
          // Our own line of JSON, with the cursor that goes on behind it.
          const told = JSON.parse(record.json) as Record<string, unknown>
          records.push({ ...told, cursor: writeCursor(position) })
        }
      }
      ctx.count({ rows: records.length })
      return allow({
        records,
        cursor: writeCursor(position),
        more: logs.some((log) => (position.get(log.number) ?? 0) < log.size),
      })
    },
  })
}
