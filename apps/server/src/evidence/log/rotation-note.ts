import { verify } from 'node:crypto'
import { Fault } from '../../kernel/fault.ts'
import { signatureLine } from './checkpoint.ts'
import { parseVkey } from './log-key.ts'
import type { LogKey, SigningKey } from './log-key.ts'

const firstLine = 'switchboard/key-rotation/v1'

/** Where a log stood when its key was replaced. */
export interface RotatedLog {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

/** A rotation whose note both keys signed. */
export interface Rotation {
  readonly note: string
  readonly old: SigningKey
  readonly next: SigningKey
  readonly oldVkey: string
  readonly nextVkey: string
  /** Sizes by origin: above them the old key signs nothing that counts. */
  readonly sizes: ReadonlyMap<string, number>
}

/** The note that says that one key follows another (docs/reference/evidence-bundle.md, section 2). */
export function signRotation(old: LogKey, next: LogKey, at: number, logs: readonly RotatedLog[]): string {
  const lines = logs
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.origin), Buffer.from(b.origin)))
    .map(({ origin, size, root }) => `${origin} ${size} ${Buffer.from(root).toString('base64')}\n`)
  const text = `${firstLine}\n${old.vkey}\n${next.vkey}\n${at}\n${lines.join('')}`
  return `${text}\n${signatureLine(old, text)}${signatureLine(next, text)}`
}

/** @returns undefined for what is not the note of a rotation, or not signed by both of its keys. */
export function readRotation(note: string): Rotation | undefined {
  const [text = '', signatures = '', ...more] = note.split('\n\n')
  const [first, oldVkey = '', nextVkey = '', at = '', ...logs] = text.split('\n')
  const old = parseVkey(oldVkey)
  const next = parseVkey(nextVkey)
  if (first !== firstLine || more.length > 0 || !/^(?:0|[1-9]\d{0,15})$/.test(at)) return undefined
  if (old === undefined || next === undefined || old.name !== next.name || oldVkey === nextVkey)
    return undefined
  const sizes = new Map<string, number>()
  for (const line of logs) {
    const match = /^(\S+) ([1-9]\d{0,15}) ([A-Za-z0-9+/]{43}=)$/.exec(line)
    const [, origin = '', size = ''] = match ?? []
    if (match === null || sizes.has(origin)) return undefined
    sizes.set(origin, Number(size))
  }
  const [byOld, byNext, end, ...others] = signatures.split('\n')
  const signed = Buffer.from(`${text}\n`)
  const isSigned = isBy(old, byOld ?? '', signed) && isBy(next, byNext ?? '', signed)
  return isSigned && end === '' && others.length === 0
    ? { note, old, next, oldVkey, nextVkey, sizes }
    : undefined
}

function isBy(key: SigningKey, line: string, text: Buffer): boolean {
  const [, name, encoded = ''] = /^— (\S+) ([A-Za-z0-9+/]{91}=)$/.exec(line) ?? []
  const bytes = Buffer.from(encoded, 'base64')
  return (
    name === key.name &&
    // The last character has bits that mean nothing: only one of the ways to write them is read.
    bytes.toString('base64') === encoded &&
    bytes.subarray(0, 4).equals(key.hash) &&
    verify(null, text, key.publicKey, bytes.subarray(4))
  )
}

/**
 * Reads the rotations of a store, each of which goes on where the one before ended.
 *
 * @throws {Fault} `log_rotation_invalid`
 */
export function readRotations(notes: readonly string[]): readonly Rotation[] {
  const chain: Rotation[] = []
  for (const note of notes) {
    const rotation = readRotation(note)
    if (rotation === undefined || (chain.length > 0 && chain.at(-1)?.nextVkey !== rotation.oldVkey)) {
      throw new Fault(
        'log_rotation_invalid',
        `Rotation ${chain.length + 1} of the log key is not one that both of its keys signed, or does not go on where` +
          ' the one before ended. Restore the store from a backup.',
        { retryable: false },
      )
    }
    chain.push(rotation)
  }
  return chain
}
