import { sign, verify } from 'node:crypto'
import type { LogKey } from './log-key.ts'
import { hashBytes } from './tree-hash.ts'

export interface Checkpoint {
  readonly size: number
  readonly root: Uint8Array
  /** The signed note (C2SP tlog-checkpoint). */
  readonly note: string
}

/** Signs size and root of a log. Deterministic, like every Ed25519 signature. */
export function signCheckpoint(key: LogKey, size: number, root: Uint8Array): Checkpoint {
  const text = noteText(key, size, root)
  const signature = Buffer.concat([key.hash, sign(null, Buffer.from(text, 'utf8'), key.privateKey)])
  return { size, root, note: `${text}\n— ${key.origin} ${signature.toString('base64')}\n` }
}

export type CheckpointProblem = 'form' | 'origin' | 'key' | 'signature'

/** Reads back a note of our own log; the answer names what is wrong with any other. */
export function readCheckpoint(
  key: LogKey,
  note: string,
): Checkpoint | { readonly problem: CheckpointProblem } {
  const match = /^([^\n]+)\n([1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n\n— (\S+) ([A-Za-z0-9+/]{91}=)\n$/.exec(
    note,
  )
  if (match === null) return { problem: 'form' }
  const [, origin, size, root = '', name, signature = ''] = match
  if (origin !== key.origin || name !== key.origin) return { problem: 'origin' }
  const bytes = Buffer.from(signature, 'base64')
  if (!bytes.subarray(0, 4).equals(key.hash)) return { problem: 'key' }
  const checkpoint = { size: Number(size), root: Buffer.from(root, 'base64'), note }
  const text = noteText(key, checkpoint.size, checkpoint.root)
  if (checkpoint.root.length !== hashBytes || !note.startsWith(`${text}\n`)) return { problem: 'form' }
  if (!verify(null, Buffer.from(text, 'utf8'), key.publicKey, bytes.subarray(4)))
    return { problem: 'signature' }
  return checkpoint
}

function noteText(key: LogKey, size: number, root: Uint8Array): string {
  return `${key.origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}
