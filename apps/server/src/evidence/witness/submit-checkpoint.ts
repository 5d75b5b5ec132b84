import type { Checkpoint } from '../log/checkpoint.ts'
import type { WitnessAnswer } from './ask-witness.ts'
import { findCosignature } from './cosignature.ts'
import type { Cosignature } from './cosignature.ts'
import type { WitnessPeer } from './witness-list.ts'

/** Same size with another root; smaller than what was cosigned; larger, but with another beginning. */
export type ConflictName = 'fork' | 'shrunk' | 'rewritten'

export type SubmissionEnd =
  | ({ readonly end: 'cosigned' } & Cosignature)
  /** Nobody answered, or with a fault of its own: to be asked again. */
  | { readonly end: 'unreachable'; readonly why: string }
  /** The witness does not cosign. `conflict`: because this log is not the one that it cosigned before. */
  | { readonly end: 'refused'; readonly why: string; readonly conflict?: ConflictName }
  /** It knows a later checkpoint of this log that is in the store too: another server was faster. */
  | { readonly end: 'outdated' }

export interface SubmissionOptions {
  readonly peer: WitnessPeer
  readonly checkpoint: Checkpoint
  /** The size that this witness cosigned last, as far as is known here, with proof; 0 for none. */
  readonly cosignedSize: number
  /** The size of the newest checkpoint in the store by now. */
  newestSize(): Promise<number>
  /** The hashes that lead from an earlier size to the checkpoint. */
  proofFrom(earlier: number): Promise<readonly Uint8Array[]>
  ask(body: string): Promise<WitnessAnswer>
  /** Tells the witness how our key came to be the one it is; answers whether it believes the newest of the rotations. */
  introduceKey(): Promise<boolean>
  nowSeconds(): number
}

// Known size, our new key, corrected size, and the size of an equal log: more answers than these contradict each other.
const mostQuestions = 4

/**
 * Asks a witness to cosign a checkpoint, proving that it extends what the witness has (C2SP tlog-witness). What the answer
 * means is concluded here, from what is known here; only a cosignature that verifies counts as one.
 */
export async function submitCheckpoint(options: SubmissionOptions): Promise<SubmissionEnd> {
  const { peer, cosignedSize } = options
  const { size, note } = options.checkpoint
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  let old = Math.min(cosignedSize, size)
  let introduced = false
  for (let question = 0; question < mostQuestions; question += 1) {
    const proof = old === 0 || old === size ? [] : await options.proofFrom(old)
    const lines = proof.map((hash) => Buffer.from(hash).toString('base64'))
    const { status, type, body } = await options.ask([`old ${old}`, ...lines, '', note].join('\n'))
    switch (status) {
      case 200: {
        const found = findCosignature(peer, text, body, options.nowSeconds())
        if (!('problem' in found)) return { end: 'cosigned', ...found }
        return { end: 'refused', why: `${found.problem}: what answers there is not this witness` }
      }
      case 409: {
        const known = sizeIn(type, body)
        if (known === undefined) return { end: 'refused', why: 'it answered 409 without a size' }
        if (known === old && known === size) {
          const why = `it cosigned another root for ${size} entries: this log is not the one it knows`
          return { end: 'refused', conflict: 'fork', why }
        }
        if (known > size) {
          if ((await options.newestSize()) >= known) return { end: 'outdated' }
          const why = `it cosigned ${known} entries, this log has ${size}: the store is older than its log`
          return { end: 'refused', conflict: 'shrunk', why }
        }
        if (known < cosignedSize) {
          const why = `it cosigned ${cosignedSize} entries before and says ${known} now: the witness was set back`
          return { end: 'refused', why }
        }
        if (known === old) return { end: 'refused', why: `it contradicts itself about ${known} entries` }
        old = known
        break
      }
      case 422: {
        const why = `the ${size} entries of this log do not begin with the ${old} that it cosigned`
        // Without a proof there was nothing to be wrong.
        if (proof.length === 0) return { end: 'refused', why: 'it refused a proof that was not sent' }
        return { end: 'refused', conflict: 'rewritten', why }
      }
      case 403:
        if (!introduced && (await options.introduceKey())) {
          introduced = true
          break
        }
        return { end: 'refused', why: unknownKey(status, body) }
      case 404:
        return { end: 'refused', why: unknownKey(status, body) }
      case 400:
      case 405:
      case 413:
        return { end: 'refused', why: `it does not understand the submission (${said(status, body)})` }
      default:
        return { end: 'unreachable', why: `it answered ${said(status, body)}` }
    }
  }
  return { end: 'refused', why: 'it names another size each time it is asked' }
}

const unknownKey = (status: number, body: string): string =>
  `it does not know this log's key; give it to its operator (${said(status, body)})`

function sizeIn(type: string, body: string): number | undefined {
  const digits = /^(0|[1-9][0-9]{0,15})\n?$/.exec(body)?.[1]
  const isSize = type.split(';')[0]?.trim() === 'text/x.tlog.size' && Number.isSafeInteger(Number(digits))
  return isSize ? Number(digits) : undefined
}

/** The witness's words end in logs and on screens: one line of printable characters. */
function said(status: number, body: string): string {
  const line =
    body
      .split('\n', 1)[0]
      ?.replaceAll(/[^\x20-\x7e]/g, '?')
      .slice(0, 160)
      .trim() ?? ''
  return line === '' ? String(status) : `${status}: ${line}`
}
