import { decodeBase64 } from './base64.ts'

const mostSignatures = 32

export interface NoteSignature {
  readonly name: string
  /** 8 hex digits. */
  readonly hash: string
  /** What follows the key hash. */
  readonly bytes: Uint8Array
  /** As it stands in the note, without line end. */
  readonly line: string
}

export interface SignedNote {
  /** What is signed, its last line end included. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/**
 * Reads a C2SP signed note. Text and signatures are split at the last empty line, as the format says.
 *
 * @returns undefined when it is none, has a signature twice, or more than 32.
 */
export function parseSignedNote(note: string): SignedNote | undefined {
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n') || /[^\P{Cc}\n]/u.test(note)) return undefined
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > mostSignatures) return undefined
  const signatures = lines.map(parseSignature).filter((signature) => signature !== undefined)
  const distinct = new Set(signatures.map(({ name, hash }) => `${name}+${hash}`))
  if (signatures.length !== lines.length || distinct.size !== lines.length) return undefined
  return { text: note.slice(0, split + 1), signatures }
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name = '', encoded = ''] = /^\u2014 ([^\s+]{1,255}) ([A-Za-z0-9+/=]{8,8192})$/u.exec(line) ?? []
  const bytes = decodeBase64(encoded)
  if (bytes === undefined || bytes.length < 5) return undefined
  return { name, hash: bytes.toString('hex', 0, 4), bytes: bytes.subarray(4), line }
}
