import { allow, deny, logDenials } from '@switchboard/api'
import { handleRead, operationOf } from '../kernel/handler.ts'
import type { LogsAccess } from './log/log-access.ts'
import { parseEntriesPath } from './log/tile-path.ts'

const absent = Buffer.alloc(2)

/** `log.entries`: an entry bundle of C2SP tlog-tiles. What is not there, or not theirs, has length 0. */
export function readEntriesHandler(logs: LogsAccess) {
  return handleRead(operationOf('log.entries'), {
    async run(ctx, { log: name, tile }) {
      const address = name === '' ? '' : `logs/${name}`
      const log = (await logs.of(ctx.actor.organisation)).find((each) => each.address === address)
      if (log === undefined) return deny(logDenials, 'log_unknown', { log: name })
      const range = parseEntriesPath(tile)
      const size = (await log.newest())?.checkpoint.size ?? 0
      if (range === undefined || range.to > size)
        return deny(logDenials, 'log_entries_unknown', { log: log.origin, tile, size })
      const entries = await log.entries(range)
      const bundle: Uint8Array[] = []
      for (let index = range.from; index < range.to; index += 1) {
        const entry = entries.get(index)
        if (entry === undefined) bundle.push(absent)
        else bundle.push(lengthOf(entry), entry)
      }
      ctx.count({ rows: entries.size })
      return allow({
        origin: log.origin,
        from: range.from,
        count: range.to - range.from,
        entries: Buffer.concat(bundle).toString('base64'),
      })
    },
  })
}

function lengthOf(entry: Uint8Array): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(entry.length)
  return length
}
