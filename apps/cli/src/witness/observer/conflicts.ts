import { hash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckpointNote } from './checkpoint-note.ts'
import { namesIn, readIfThere, writeDurably } from './durable-file.ts'

/** Of those that are proved, and again of those that are not: whoever sends old checkpoints again must not push out proof. */
const mostKept = 1_000

/** Same size with another root; smaller than what was cosigned; larger, but with another beginning. */
export type ConflictName = 'fork' | 'shrunk' | 'rewritten'

/** Evidence that stands by itself: two notes that the log signed. */
export interface Conflict {
  readonly name: ConflictName
  /**
   * Whether the two notes (and the proof) show by themselves that the log has two histories. What is not proved may be an
   * old checkpoint that somebody sent again; it is answered once the log goes on from what was cosigned.
   */
  readonly proven: boolean
  readonly origin: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly cosigned: string
  readonly submitted: string
  /** Consistency proof as submitted, base64. */
  readonly proof: readonly string[]
  /** The checkpoint, cosigned later, with which the log went on. */
  readonly answeredBy?: string
}

export function isOpen(conflict: Conflict): boolean {
  return conflict.proven || conflict.answeredBy === undefined
}

/**
 * What the witness refused and why, a file each. Nothing is removed but, beyond a thousand, the oldest of those that are
 * answered.
 */
export async function openConflicts(folder: string) {
  const place = join(folder, 'conflicts')
  const known = new Map<string, Conflict>()
  for (const name of await namesIn(place)) {
    const conflict = parseConflict((await readIfThere(join(place, name))) ?? '')
    // A file that cannot be read still counts: somebody has to look at it.
    known.set(name, conflict ?? unreadable(name))
  }

  async function hasRoom(proven: boolean): Promise<boolean> {
    const alike = [...known].filter(([, conflict]) => conflict.proven === proven)
    if (alike.length < mostKept) return true
    const [oldest] = alike
      .filter(([, conflict]) => !isOpen(conflict))
      .toSorted(([, a], [, b]) => a.at - b.at)
      .map(([file]) => file)
    if (oldest === undefined) return false
    known.delete(oldest)
    await rm(join(place, oldest), { force: true })
    return true
  }

  return {
    list: (): readonly Conflict[] => [...known.values()],
    /** @returns whether it is a new one. The same two histories are one conflict, however often they are sent. */
    async keep(conflict: Conflict, submitted: CheckpointNote): Promise<boolean> {
      const log = hash('sha256', conflict.origin, 'hex').slice(0, 8)
      const root = Buffer.from(submitted.root).toString('hex', 0, 8)
      const file = `${conflict.name}-${log}-${submitted.size}-${root}.json`
      const before = known.get(file)
      // A log that is behind stays so for many submissions: the first of them says it.
      const isTold = [...known.values()].some(
        (each) =>
          !conflict.proven && isOpen(each) && each.origin === conflict.origin && each.name === conflict.name,
      )
      const isKnown = before !== undefined && (before.proven || !conflict.proven) && isOpen(before)
      if (isTold || isKnown || (before === undefined && !(await hasRoom(conflict.proven)))) return false
      known.set(file, conflict)
      await writeDurably(join(place, file), `${JSON.stringify(conflict, undefined, 2)}\n`)
      return true
    },
    /** The log went on from what was cosigned: what was not proved is answered, and stays as a record. */
    async answer(origin: string, note: string): Promise<void> {
      for (const [file, conflict] of known) {
        if (conflict.origin !== origin || conflict.proven || conflict.answeredBy !== undefined) continue
        const answered = { ...conflict, answeredBy: note }
        known.set(file, answered)
        await writeDurably(join(place, file), `${JSON.stringify(answered, undefined, 2)}\n`)
      }
    },
  }
}
export type Conflicts = Awaited<ReturnType<typeof openConflicts>>

function parseConflict(text: string): Conflict | undefined {
  try {
    const value = JSON.parse(text) as Conflict
    const isWhole =
      ['fork', 'shrunk', 'rewritten'].includes(value.name) &&
      typeof value.proven === 'boolean' &&
      [value.origin, value.cosigned, value.submitted].every((part) => typeof part === 'string') &&
      typeof value.at === 'number'
    return isWhole ? value : undefined
  } catch {
    // Not JSON: counted as unreadable.
    return undefined
  }
}

function unreadable(file: string): Conflict {
  return {
    name: 'fork',
    proven: true,
    origin: `(unreadable: conflicts/${file})`,
    at: 0,
    cosigned: '',
    submitted: '',
    proof: [],
  }
}
