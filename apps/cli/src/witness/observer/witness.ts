import type { CheckpointNote } from './checkpoint-note.ts'
import { isOpen, openConflicts } from './conflicts.ts'
import type { Conflict, ConflictName } from './conflicts.ts'
import { provedRoots } from './consistency.ts'
import { cosign } from './cosignature.ts'
import { createCosignedLogs } from './cosigned-logs.ts'
import type { Cosigned } from './cosigned-logs.ts'
import { parseRotationNote } from './rotation-note.ts'
import type { Rotation } from './rotation-note.ts'
import { parseSubmission } from './submission.ts'
import type { Submission } from './submission.ts'
import { createTurns } from './turns.ts'
import { openTrustedKeys } from './trusted-keys.ts'
import type { VerifierKey } from './verifier-key.ts'
import type { WitnessKey } from './witness-key.ts'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

export interface WitnessOptions {
  readonly folder: string
  readonly key: WitnessKey
  /** Keys of logs, given by the operator of the witness. */
  readonly logKeys: readonly VerifierKey[]
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** A line for people: what was refused and named, what cannot be served. */
  readonly say: (line: string) => void
}

// The log is whom a witness watches: it must not be able to fill its disk with logs of its own.
const mostOrigins = 10_000

/**
 * A witness without its HTTP surface: cosigns what extends what it cosigned before, names what does not.
 *
 * @see https://c2sp.org/tlog-witness
 */
export async function openWitness({ folder, key, logKeys, clock, say }: WitnessOptions) {
  const keys = await openTrustedKeys(folder, logKeys)
  const logs = createCosignedLogs(folder, key)
  const conflicts = await openConflicts(folder)
  const turns = createTurns()

  async function addCheckpoint(body: Uint8Array): Promise<Answer> {
    const submission = parseSubmission(body)
    if ('problem' in submission) return text(400, submission.problem)
    const { origin } = submission.checkpoint
    return await turns.of(origin, () => judge(submission))
  }

  async function judge(submission: Submission): Promise<Answer> {
    const { checkpoint, oldSize } = submission
    const verdict = keys.verify(checkpoint)
    if (!verdict.ok) return refusedSigner(verdict.why, checkpoint)
    if (oldSize > checkpoint.size) return text(400, 'The old size is larger than the checkpoint.')
    const state = await logs.read(checkpoint.origin)
    switch (state.state) {
      case 'damaged':
        say(`cannot serve ${checkpoint.origin}: ${state.file}: ${state.why}`)
        return text(
          500,
          `The witness's state of this log is damaged (${state.why}). It does not start over: its operator has to restore the file.`,
        )
      case 'new':
        if (oldSize !== 0) return sizeOf(0)
        if (submission.proof.length > 0) return text(422, 'A proof from size 0 is empty.')
        if ((await logs.known()).length >= mostOrigins)
          return text(429, `This witness keeps at most ${mostOrigins} logs.`)
        return await accept(checkpoint, verdict.line, undefined)
      case 'cosigned':
        return await compare(submission, verdict.line, state.cosigned)
    }
  }

  async function compare(submission: Submission, line: string, cosigned: Cosigned): Promise<Answer> {
    const { checkpoint, oldSize, proof } = submission
    const { size, root } = cosigned.checkpoint
    const refuse = async (name: ConflictName, proven: boolean, answer: Answer): Promise<Answer> => {
      await keepConflict({ name, proven, submission, cosigned })
      return answer
    }
    if (checkpoint.size < size) return await refuse('shrunk', false, sizeOf(size))
    if (checkpoint.size === size && !same(checkpoint.root, root))
      return await refuse('fork', true, sizeOf(size))
    if (oldSize !== size) return sizeOf(size)
    if (checkpoint.size === size)
      return proof.length === 0
        ? await accept(checkpoint, line, cosigned)
        : text(422, 'A proof between equal sizes is empty.')
    const proved = provedRoots({ older: size, newer: checkpoint.size }, root, proof)
    if (proved !== undefined && same(proved.older, root) && same(proved.newer, checkpoint.root))
      return await accept(checkpoint, line, cosigned)
    const proven = proved !== undefined && same(proved.newer, checkpoint.root)
    const answer = text(
      422,
      `The proof does not lead from the ${size} entries that were cosigned to the ${checkpoint.size} of this checkpoint.`,
    )
    return await refuse('rewritten', proven, answer)
  }

  /** Keeps first, answers then: an answer without its state would let the log be set back unseen. */
  async function accept(
    checkpoint: CheckpointNote,
    line: string,
    before: Cosigned | undefined,
  ): Promise<Answer> {
    // A cosignature says "the largest so far": its time must not run backwards with the clock.
    const atSeconds = Math.max(Math.floor(clock() / 1000), before?.atSeconds ?? 0)
    const cosignature = cosign(key, checkpoint.text, atSeconds)
    const { origin } = checkpoint
    const note = `${checkpoint.text}\n${line}\n${cosignature}\n`
    await logs.keep(origin, note, before === undefined)
    if (before !== undefined && checkpoint.size > before.checkpoint.size) await conflicts.answer(origin, note)
    return text(200, `${cosignature}\n`)
  }

  async function keepConflict(refused: {
    readonly name: ConflictName
    readonly proven: boolean
    readonly submission: Submission
    readonly cosigned: Cosigned
  }): Promise<void> {
    const { name, proven, submission, cosigned } = refused
    const { checkpoint } = submission
    const conflict: Conflict = {
      name,
      proven,
      origin: checkpoint.origin,
      at: clock(),
      cosigned: cosigned.note,
      submitted: noteOf(checkpoint),
      proof: submission.proof.map((hash) => hash.toString('base64')),
    }
    if (await conflicts.keep(conflict, checkpoint)) say(`refused: ${describeConflict(conflict)}`)
  }

  async function addRotation(body: Uint8Array): Promise<Answer> {
    const rotation = parseRotationNote(Buffer.from(body).toString('utf8'))
    if ('problem' in rotation) return text(400, `This is no rotation note: ${rotation.problem}.`)
    // Not while a checkpoint of one of its logs is being judged by the old key.
    return await turns.alone(() => judgeRotation(rotation))
  }

  async function judgeRotation(rotation: Rotation): Promise<Answer> {
    if (!keys.isTrusted(rotation.from)) return text(404, 'The old key is none that this witness knows.')
    const before = keys.rotationOf(rotation.from)
    if (before !== undefined) {
      if (before.note === rotation.note) return text(200, 'Known already.')
      return text(409, `That key was replaced already, by ${before.to.vkey}.`)
    }
    for (const [origin, { size, root }] of rotation.logs) {
      const state = await logs.read(origin)
      if (state.state === 'damaged') return text(500, `The witness's state of ${origin} is damaged.`)
      if (state.state === 'new') continue
      const { checkpoint } = state.cosigned
      if (checkpoint.size > size || (checkpoint.size === size && !same(checkpoint.root, root))) {
        say(`refused: rotation of ${origin}: it states ${size} entries, ${checkpoint.size} were cosigned`)
        return text(
          409,
          `${origin}: the note states ${size} entries, but this witness cosigned ${checkpoint.size}, or another root.`,
        )
      }
    }
    await keys.add(rotation)
    say(`rotation: ${rotation.from.vkey} is replaced by ${rotation.to.vkey}`)
    return text(200, 'The new key is known from now on.')
  }

  return {
    addCheckpoint,
    addRotation,
    conflicts(): Answer {
      const body = JSON.stringify({ conflicts: conflicts.list() })
      return { status: 200, type: 'application/json', body: `${body}\n` }
    },
    openConflicts: (): number => conflicts.list().filter(isOpen).length,
    /** What cannot be served, for the start to say. */
    damaged: async () => (await logs.all()).filter((log) => log.state === 'damaged'),
    logNames: keys.names,
  }
}
export type Witness = Awaited<ReturnType<typeof openWitness>>

/** One line: which log, in what way, and between which sizes. */
export function describeConflict({ name, proven, origin, cosigned, submitted }: Conflict): string {
  const sizeIn = (note: string): string => note.split('\n')[1] ?? '?'
  const from = `${sizeIn(cosigned)} entries were cosigned`
  const meaning = {
    fork: `${from}; the log signed another root for the same size`,
    shrunk: `${from}; the log was shown with ${sizeIn(submitted)}`,
    rewritten: `${from}; the ${sizeIn(submitted)} shown now do not begin with them`,
  }[name]
  return `${name} of ${origin}: ${meaning}${proven ? ' (proven)' : ''}`
}

function refusedSigner(
  why: 'unknown_log' | 'not_signed' | 'key_retired',
  { origin }: CheckpointNote,
): Answer {
  switch (why) {
    case 'unknown_log':
      return text(404, `This witness was given no key for the log ${origin}.`)
    case 'not_signed':
      return text(403, 'No key that this witness knows for that log signed the checkpoint.')
    case 'key_retired':
      return text(403, 'The key was replaced; it signs nothing beyond the sizes of its rotation.')
  }
}

function noteOf({ text: signedText, signatures }: CheckpointNote): string {
  return `${signedText}\n${signatures.map(({ line }) => `${line}\n`).join('')}`
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: body.endsWith('\n') ? body : `${body}\n` }
}

function sizeOf(size: number): Answer {
  return { status: 409, type: 'text/x.tlog.size', body: `${size}\n` }
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0
}
