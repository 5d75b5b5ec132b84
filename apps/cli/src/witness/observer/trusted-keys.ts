import { join } from 'node:path'
import type { CheckpointNote } from './checkpoint-note.ts'
import { namesIn, readIfThere, writeDurably } from './durable-file.ts'
import { parseRotationNote } from './rotation-note.ts'
import type { Rotation } from './rotation-note.ts'
import { signatureFits, speaksFor } from './verifier-key.ts'
import type { VerifierKey } from './verifier-key.ts'
import { WitnessRefused } from './witness-refused.ts'

export type SignatureVerdict =
  | { readonly ok: true; readonly line: string; readonly key: VerifierKey }
  | { readonly ok: false; readonly why: 'unknown_log' | 'not_signed' | 'key_retired' }

/**
 * Whom the witness believes: the keys that its operator gave, and those that rotation notes lead to from them. The notes
 * are kept as they came and believed anew at each start, so that no key is trusted only because a file says so.
 *
 * @param roots by the operator of the witness, never by the log.
 * @throws {WitnessRefused} `rotation_damaged`.
 */
export async function openTrustedKeys(folder: string, roots: readonly VerifierKey[]) {
  const trusted = new Map(roots.map((key) => [key.vkey, key]))
  /** By the key that was replaced. */
  const rotations = new Map<string, Rotation>()

  const kept: Rotation[] = []
  for (const name of await namesIn(join(folder, 'rotations'))) {
    const file = join(folder, 'rotations', name)
    const rotation = parseRotationNote((await readIfThere(file)) ?? '')
    if ('problem' in rotation) {
      const next = 'Restore the file; without it the log goes on under a key that this witness does not know.'
      throw new WitnessRefused(
        'rotation_damaged',
        file,
        `This rotation cannot be read: ${rotation.problem}. ${next}`,
      )
    }
    kept.push(rotation)
  }
  // Names sort by key hash, not by time: go on until no note leads further.
  for (let before = -1; before < trusted.size;) {
    before = trusted.size
    for (const rotation of kept) if (trusted.has(rotation.from.vkey)) believe(rotation)
  }

  function believe(rotation: Rotation): void {
    rotations.set(rotation.from.vkey, rotation)
    trusted.set(rotation.to.vkey, rotation.to)
  }

  return {
    /** Which key signed a checkpoint; a key that was replaced signs nothing beyond what its rotation states. */
    verify(note: CheckpointNote): SignatureVerdict {
      const keys = [...trusted.values()].filter((key) => speaksFor(key, note.origin))
      if (keys.length === 0) return { ok: false, why: 'unknown_log' }
      let retired = false
      for (const signature of note.signatures) {
        const key = keys.find(({ name, hash }) => name === signature.name && hash === signature.hash)
        if (key === undefined) continue
        // As C2SP signed-note demands: a known key's signature that does not fit spoils the note.
        if (!signatureFits(key, note.text, signature.bytes)) return { ok: false, why: 'not_signed' }
        const rotation = rotations.get(key.vkey)
        if (rotation === undefined || note.size <= (rotation.logs.get(note.origin)?.size ?? 0))
          return { ok: true, line: signature.line, key }
        retired = true
      }
      return { ok: false, why: retired ? 'key_retired' : 'not_signed' }
    },
    isTrusted: (key: VerifierKey): boolean => trusted.has(key.vkey),
    rotationOf: (key: VerifierKey): Rotation | undefined => rotations.get(key.vkey),
    /** Keeps a rotation for good, then believes it. */
    async add(rotation: Rotation): Promise<void> {
      await writeDurably(
        join(folder, 'rotations', `${rotation.from.hash}-${rotation.to.hash}`),
        rotation.note,
      )
      believe(rotation)
    },
    names: (): readonly string[] => [...new Set([...trusted.values()].map(({ name }) => name))],
  }
}
export type TrustedKeys = Awaited<ReturnType<typeof openTrustedKeys>>
