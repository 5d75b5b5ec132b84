import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database, Reader } from '../../kernel/db/index.ts'
import { Fault } from '../../kernel/fault.ts'
import { writeFileAtomically } from './atomic-file.ts'
import { readCheckpoint, signerHashOf } from './checkpoint.ts'
import type { Checkpoint, CheckpointProblem } from './checkpoint.ts'
import { makeNextKey, openLogKey, readNextKey, removeNextKey, replaceKey } from './log-key.ts'
import type { LogKey, SigningKey } from './log-key.ts'
import { readRotations } from './rotation-note.ts'
import type { Rotation } from './rotation-note.ts'
import { listRotations, newestRotatedKey } from './rotation-store.ts'

/** A key that nobody followed up on: its rotation was taken back, or the server stopped before. */
const abandonedAfterMs = 3_600_000

export type ReadNote = Checkpoint | { readonly problem: CheckpointProblem | 'retired' }

/**
 * The key that signs, and those that did before it. Store and key file change one after the other, so that each point
 * between can be started from: the next key is a file before the store says that it is the key; only after that is it
 * put in the place of the old one. Whichever the store names is the key.
 *
 * @throws {Fault} `log_key_missing`, `log_key_invalid`, `log_rotation_invalid`, `log_rolled_back`.
 */
export async function openKeyRing(options: {
  database: Database
  /** Keys lie in `keys/`, the notes of rotations in `rotations.json`. */
  folder: string
  name?: string
  isNewLog: boolean
  onFault(cause: unknown): void
}) {
  const { database, onFault } = options
  const folder = join(options.folder, 'keys')
  const rotationsFile = join(options.folder, 'rotations.json')
  let rotations = readRotations(await listRotations(database.read))
  await refuseForgottenRotation()
  let current = await keyOfStore(rotations)
  await writeRotations()
  await removeAbandoned()
  let settling: Promise<void> | undefined

  async function keyOfStore(known: readonly Rotation[]): Promise<LogKey> {
    const newest = known.at(-1)
    if (newest === undefined) {
      const { name, isNewLog } = options
      return await openLogKey(folder, { isNewLog, ...(name === undefined ? {} : { name }) })
    }
    if (options.name !== undefined && options.name !== newest.next.name)
      throw new Fault(
        'log_checkpoint_invalid',
        `The key of these logs is called ${newest.next.name}, not ${options.name} (origin).`,
        { retryable: false },
      )
    const next = await readNextKey(folder, newest.next)
    // A stop between the commit and the change of files.
    if (next?.vkey === newest.nextVkey) await replaceKey(folder, next)
    for (const { next: earlier } of known.slice(0, -1)) await removeNextKey(folder, earlier)
    const key = await openLogKey(folder, { isNewLog: false, name: newest.next.name })
    if (key.vkey === newest.nextVkey) return key
    throw new Fault(
      'log_key_missing',
      `The store says that the logs are signed by ${newest.nextVkey} now, but the key in ${folder} is ${key.vkey}:` +
        ' store and keys are not of the same day. Restore both from one backup.',
      { retryable: false },
    )
  }

  /** Notes once written beside the logs and no longer in the store: somebody put back yesterday's. */
  async function refuseForgottenRotation(): Promise<void> {
    const text = await readFile(rotationsFile, 'utf8').catch(() => '[]')
    const written = readJsonTexts(text)
    const isForgotten = written.some((note, at) => note !== rotations[at]?.note)
    if (isForgotten)
      throw new Fault(
        'log_rolled_back',
        `The log key was replaced (${rotationsFile}), but the store does not know of it: the store is older than that.` +
          ' Restore a newer backup.',
        { retryable: false },
      )
  }

  async function writeRotations(): Promise<void> {
    if (rotations.length === 0) return
    const text = JSON.stringify(rotations.map((rotation) => rotation.note))
    if ((await readFile(rotationsFile, 'utf8').catch(() => '')) !== text)
      await writeFileAtomically(rotationsFile, text)
  }

  async function removeAbandoned(): Promise<void> {
    for (const name of await readdir(folder)) {
      if (!/^log[.]next-[0-9a-f]{8}[.]key$/.test(name)) continue
      const file = join(folder, name)
      // Another server over the same store may be about to use a younger one.
      const { mtimeMs } = await stat(file)
      if (Date.now() - mtimeMs > abandonedAfterMs) await rm(file, { force: true })
    }
  }

  /** The key to sign with inside a transaction, which may see a rotation that is not durable yet. Changes nothing here. */
  async function signingKey(db: Reader): Promise<LogKey> {
    const vkey = await newestRotatedKey(db)
    if (vkey === undefined || vkey === current.vkey) return current
    const next = readRotations(await listRotations(db)).at(-1)?.next
    const key = next === undefined ? undefined : await readNextKey(folder, next)
    if (key?.vkey === vkey) return key
    // Another server, or this one meanwhile, has put it in its place.
    const settled = await openLogKey(folder, { isNewLog: false, name: current.name })
    if (settled.vkey === vkey) return settled
    throw new Fault(
      'log_key_missing',
      `The logs are signed by ${vkey} now, which this server does not have.`,
      {
        retryable: false,
      },
    )
  }

  async function settle(): Promise<void> {
    const durable = readRotations(await listRotations(database.read))
    if (durable.length <= rotations.length) return
    // Remembered only once the files have followed: what fails here is tried again after the next batch.
    current = await keyOfStore(durable)
    rotations = durable
    await writeRotations()
  }

  function signedBy(known: readonly Rotation[], hash: Buffer): SigningKey | undefined {
    const keys = [current, ...known.flatMap((rotation) => [rotation.old, rotation.next])]
    return keys.find((key) => key.hash.equals(hash))
  }

  return {
    name: current.name,
    /** The verifier key of the key that signs now. */
    vkey: (): string => current.vkey,
    signingKey,
    /** Makes a key that a rotation can begin. Harmless when none follows. */
    prepare: (): Promise<LogKey> => makeNextKey(folder, current.name),
    /** After a commit that may hold a rotation: the key of the store takes the place of the one before. */
    async settle(): Promise<void> {
      while (settling !== undefined) await settling
      settling = settle()
        .catch(onFault)
        .finally(() => {
          settling = undefined
        })
      await settling
    },
    /** Reads a note of the log of that origin, by whichever of the operator's keys signed it while it was the key. */
    async read(db: Reader, origin: string, note: string): Promise<ReadNote> {
      const hash = signerHashOf(note)
      if (hash === undefined) return { problem: 'form' }
      let known = rotations
      let key = signedBy(known, hash)
      if (key === undefined) {
        known = readRotations(await listRotations(db))
        key = signedBy(known, hash) ?? current
      }
      const checkpoint = readCheckpoint(key, origin, note)
      if ('problem' in checkpoint) return checkpoint
      const retiredBy = known.find((rotation) => rotation.old.hash.equals(hash))
      const most = retiredBy?.sizes.get(origin) ?? 0
      return retiredBy === undefined || checkpoint.size <= most ? checkpoint : { problem: 'retired' }
    },
    /** The notes of all rotations, oldest first, as the store has them. */
    rotations: (): Promise<readonly string[]> => listRotations(database.read),
  }
}
export type KeyRing = Awaited<ReturnType<typeof openKeyRing>>

/** A file that says something else is none of ours, and says nothing. */
function readJsonTexts(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : []
  } catch {
    return []
  }
}
