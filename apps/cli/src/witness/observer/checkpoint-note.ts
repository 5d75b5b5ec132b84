import { decodeHash } from './base64.ts'
import { parseSignedNote } from './signed-note.ts'
import type { SignedNote } from './signed-note.ts'

export interface CheckpointNote extends SignedNote {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

/**
 * Reads a checkpoint (C2SP tlog-checkpoint) of three lines. Size 0 proves nothing and is refused; so are extension
 * lines, because a cosignature would vouch for words that nobody looked at.
 */
export function parseCheckpointNote(note: string): CheckpointNote | undefined {
  const signed = parseSignedNote(note)
  const [, origin = '', digits = '', rootText = ''] =
    /^([^\s+]{1,255})\n([1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n$/u.exec(signed?.text ?? '') ?? []
  const root = decodeHash(rootText)
  const size = Number(digits)
  if (signed === undefined || root === undefined || !Number.isSafeInteger(size)) return undefined
  return { ...signed, origin, size, root }
}
