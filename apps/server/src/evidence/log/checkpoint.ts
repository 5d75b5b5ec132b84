import { sign, verify } from 'node:crypto'
import type { LogKey, SigningKey } from './log-key.ts'
import { hashBytes } from './tree-hash.ts'

export interface Checkpoint {
  readonly size: number
  readonly root: Uint8Array
  /** The signed note (C2SP tlog-checkpoint). */
  readonly note: string
}

/** Signs size and root of a log. Deterministic, like every Ed25519 signature. */
export function signCheckpoint(key: LogKey, origin: string, size: number, root: Uint8Array): Checkpoint {
  const text = noteText(origin, size, root)
  return { size, root, note: `${text}\n${signatureLine(key, text)}` }
}

/** The line of a signed note that says that `key` signed `text`, with its line end. */
export function signatureLine(key: LogKey, text: string): string {
  const signature = Buffer.concat([key.hash, sign(null, Buffer.from(text, 'utf8'), key.privateKey)])
  return `— ${key.name} ${signature.toString('base64')}\n`
}

export type CheckpointProblem = 'form' | 'origin' | 'key' | 'signature'

/** Reads back a note of the log of that origin; the answer names what is wrong with any other. */
export function readCheckpoint(
  key: SigningKey,
  origin: string,
  note: string,
): Checkpoint | { readonly problem: CheckpointProblem } {
  const match = /^([^\n]+)\n([1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n\n— (\S+) ([A-Za-z0-9+/]{91}=)\n$/.exec(
    note,
  )
  if (match === null) return { problem: 'form' }
  const [, named, size, root = '', signer, signature = ''] = match
  if (named !== origin || signer !== key.name) return { problem: 'origin' }
  const bytes = Buffer.from(signature, 'base64')
  // The last character has bits that mean nothing: only one of the ways to write them is read.
  if (bytes.toString('base64') !== signature) return { problem: 'form' }
  if (!bytes.subarray(0, 4).equals(key.hash)) return { problem: 'key' }
  const checkpoint = { size: Number(size), root: Buffer.from(root, 'base64'), note }
  const text = noteText(origin, checkpoint.size, checkpoint.root)
  if (checkpoint.root.length !== hashBytes || !note.startsWith(`${text}\n`)) return { problem: 'form' }
  if (!verify(null, Buffer.from(text, 'utf8'), key.publicKey, bytes.subarray(4)))
    return { problem: 'signature' }
  return checkpoint
}

/** The key hash in the first signature line of a note; undefined where there is none. */
export function signerHashOf(note: string): Buffer | undefined {
  const [, signature] = /\n\n— \S+ ([A-Za-z0-9+/]{91}=)\n/.exec(note) ?? []
  return signature === undefined ? undefined : Buffer.from(signature, 'base64').subarray(0, 4)
}

function noteText(origin: string, size: number, root: Uint8Array): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}
