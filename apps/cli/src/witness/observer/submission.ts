import { decodeHash } from './base64.ts'
import { parseCheckpointNote } from './checkpoint-note.ts'
import type { CheckpointNote } from './checkpoint-note.ts'

const mostProofLines = 63

export interface Submission {
  readonly oldSize: number
  readonly proof: readonly Buffer[]
  readonly checkpoint: CheckpointNote
}

/**
 * Reads the body of `add-checkpoint` (C2SP tlog-witness).
 *
 * @returns what is wrong with it, when something is.
 */
export function parseSubmission(body: Uint8Array): Submission | { readonly problem: string } {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    // The decoder's own words would name a place in a buffer.
    return { problem: 'The body is not UTF-8.' }
  }
  const end = text.indexOf('\n\n')
  if (end < 0) return { problem: 'There is no empty line between proof and checkpoint.' }
  const [oldLine = '', ...proofLines] = text.slice(0, end).split('\n')
  const old = /^old (0|[1-9][0-9]{0,15})$/.exec(oldLine)?.[1]
  if (old === undefined || !Number.isSafeInteger(Number(old)))
    return { problem: 'The first line is not "old", a space, and a size.' }
  if (proofLines.length > mostProofLines) return { problem: `A proof has at most ${mostProofLines} lines.` }
  const proof = proofLines.map(decodeHash).filter((line) => line !== undefined)
  if (proof.length !== proofLines.length) return { problem: 'A line of the proof is not one hash in base64.' }
  const checkpoint = parseCheckpointNote(text.slice(end + 2))
  if (checkpoint === undefined) {
    return {
      problem:
        'What follows the empty line is not a signed checkpoint of three lines (origin, size of at least 1, root).',
    }
  }
  return { oldSize: Number(old), proof, checkpoint }
}
