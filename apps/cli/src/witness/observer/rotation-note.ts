import { decodeHash } from './base64.ts'
import { parseSignedNote } from './signed-note.ts'
import { parseVerifierKey, signatureFits, speaksFor } from './verifier-key.ts'
import type { VerifierKey } from './verifier-key.ts'

export interface Rotation {
  readonly from: VerifierKey
  readonly to: VerifierKey
  /** Milliseconds since 1970. */
  readonly at: number
  /** Each log that existed then, by origin. */
  readonly logs: ReadonlyMap<string, { readonly size: number; readonly root: Uint8Array }>
  readonly note: string
}

/**
 * Reads a rotation note (docs/reference/evidence-bundle.md, section 2).
 *
 * @returns what is wrong with it, when it is none that both keys signed.
 */
export function parseRotationNote(note: string): Rotation | { readonly problem: string } {
  const signed = parseSignedNote(note)
  if (signed === undefined) return { problem: 'it is no signed note' }
  const [head, oldLine = '', newLine = '', atLine = '', ...logLines] = signed.text.slice(0, -1).split('\n')
  if (head !== 'switchboard/key-rotation/v1') return { problem: 'its first line is another' }
  const from = parseVerifierKey(oldLine, 'log')
  const to = parseVerifierKey(newLine, 'log')
  if (from === undefined || to === undefined) return { problem: 'a key in it is none of a log' }
  if (from.name !== to.name || from.vkey === to.vkey) return { problem: 'it needs two keys of one name' }
  const at = /^(0|[1-9][0-9]{0,15})$/.exec(atLine)?.[1]
  if (at === undefined) return { problem: 'it has no time' }
  const logs = new Map<string, { size: number; root: Uint8Array }>()
  let before: Buffer | undefined
  for (const line of logLines) {
    const [, origin = '', size = '', rootText = ''] =
      /^([^\s+]{1,255}) ([1-9][0-9]{0,15}) ([A-Za-z0-9+/]{43}=)$/u.exec(line) ?? []
    const root = decodeHash(rootText)
    const bytes = Buffer.from(origin, 'utf8')
    if (root === undefined || !Number.isSafeInteger(Number(size)) || !speaksFor(from, origin))
      return { problem: `a line of it is no log of this key: ${line.slice(0, 80)}` }
    if (before !== undefined && Buffer.compare(before, bytes) >= 0)
      return { problem: 'its logs are not in order' }
    logs.set(origin, { size: Number(size), root })
    before = bytes
  }
  const [first, second, ...more] = signed.signatures
  const isBy = (key: VerifierKey, signature: typeof first): boolean =>
    signature?.name === key.name &&
    signature.hash === key.hash &&
    signatureFits(key, signed.text, signature.bytes)
  if (!isBy(from, first) || !isBy(to, second) || more.length > 0)
    return { problem: 'it is not signed by the old key and then by the new one' }
  return { from, to, at: Number(at), logs, note }
}
