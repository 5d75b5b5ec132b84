import { hash } from 'node:crypto'
import { join } from 'node:path'
import { parseCheckpointNote } from './checkpoint-note.ts'
import type { CheckpointNote } from './checkpoint-note.ts'
import { readCosignature } from './cosignature.ts'
import { namesIn, readIfThere, writeDurably } from './durable-file.ts'
import type { VerifierKey } from './verifier-key.ts'

/** The last checkpoint of a log that this witness cosigned. */
export interface Cosigned {
  readonly note: string
  readonly checkpoint: CheckpointNote
  readonly atSeconds: number
}

/** What the folder says of one log. `damaged` is never treated as "not seen yet": that would be starting over. */
export type LogState =
  | { readonly state: 'new' }
  | { readonly state: 'cosigned'; readonly cosigned: Cosigned }
  | { readonly state: 'damaged'; readonly file: string; readonly why: string }

/**
 * The last cosigned checkpoint of each log, one file a log, with the witness's own cosignature in it: what was altered or
 * torn does not verify. `origins` lists all that were ever cosigned, so that a lost file is noticed too.
 */
export function createCosignedLogs(folder: string, key: VerifierKey) {
  const list = join(folder, 'origins')
  const fileOf = (origin: string): string =>
    join(folder, 'logs', `${hash('sha256', origin, 'hex').slice(0, 32)}.checkpoint`)

  async function known(): Promise<readonly string[]> {
    return ((await readIfThere(list)) ?? '').split('\n').filter((origin) => origin !== '')
  }

  async function read(origin: string): Promise<LogState> {
    const file = fileOf(origin)
    const note = await readIfThere(file)
    if (note === undefined) {
      if (!(await known()).includes(origin)) return { state: 'new' }
      return { state: 'damaged', file, why: 'it is missing, but this log was cosigned before' }
    }
    const cosigned = parseCosigned(note, key)
    if (cosigned === undefined)
      return { state: 'damaged', file, why: "it is not a checkpoint with this witness's cosignature" }
    if (cosigned.checkpoint.origin !== origin)
      return { state: 'damaged', file, why: `it is of another log, ${cosigned.checkpoint.origin}` }
    return { state: 'cosigned', cosigned }
  }

  return {
    read,
    known,
    /** On the disk when it resolves. The file comes first: a list without its file would be a loss that was none. */
    async keep(origin: string, note: string, isNew: boolean): Promise<void> {
      await writeDurably(fileOf(origin), note)
      if (isNew) await writeDurably(list, [...new Set([...(await known()), origin]), ''].join('\n'))
    },
    /** Every log, with what its file says. */
    async all(): Promise<readonly (LogState & { readonly origin: string })[]> {
      const origins = await known()
      const logs = await Promise.all(origins.map(async (origin) => ({ origin, ...(await read(origin)) })))
      const expected = new Set(origins.map(fileOf))
      const strays = (await namesIn(join(folder, 'logs'))).map((name) => join(folder, 'logs', name))
      for (const file of strays.filter((stray) => !expected.has(stray))) {
        const cosigned = parseCosigned((await readIfThere(file)) ?? '', key)
        if (cosigned !== undefined && fileOf(cosigned.checkpoint.origin) === file)
          logs.push({ origin: cosigned.checkpoint.origin, state: 'cosigned', cosigned })
        else logs.push({ origin: '', state: 'damaged', file, why: 'it is of no log that is listed' })
      }
      return logs
    },
  }
}
export type CosignedLogs = ReturnType<typeof createCosignedLogs>

function parseCosigned(note: string, key: VerifierKey): Cosigned | undefined {
  const checkpoint = parseCheckpointNote(note)
  if (checkpoint === undefined) return undefined
  for (const signature of checkpoint.signatures) {
    const atSeconds = readCosignature(key, checkpoint.text, signature)
    if (atSeconds !== undefined) return { note, checkpoint, atSeconds }
  }
  return undefined
}
