import { verify } from 'node:crypto'
import type { WitnessPeer } from './witness-list.ts'

/** A clock that is further ahead than this would let a cosignature vouch for times that are still to come. */
const mostAheadSeconds = 300

export interface Cosignature {
  /** As it stands in a note, without line end. */
  readonly line: string
  readonly atSeconds: number
}

/**
 * Finds the cosignature (C2SP tlog-cosignature v1) of a witness among the lines that it answered.
 *
 * @param text what is signed of the checkpoint, its last line end included.
 * @returns what is wrong, when there is none that verifies.
 */
export function findCosignature(
  peer: WitnessPeer,
  text: string,
  answer: string,
  nowSeconds: number,
): Cosignature | { readonly problem: string } {
  let problem = 'no line of its answer is a cosignature by its key'
  for (const line of answer.split('\n')) {
    const [, name, encoded = ''] = /^\u2014 (\S+) ([A-Za-z0-9+/]{100}[A-Za-z0-9+/=]{4})$/u.exec(line) ?? []
    const bytes = Buffer.from(encoded, 'base64')
    if (name !== peer.name || bytes.length !== 76 || bytes.toString('base64') !== encoded) continue
    if (!bytes.subarray(0, 4).equals(peer.hash)) continue
    const time = bytes.readBigUInt64BE(4)
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`, 'utf8')
    if (!verify(null, message, peer.publicKey, bytes.subarray(12)))
      problem = 'its cosignature does not verify'
    else if (time > BigInt(nowSeconds + mostAheadSeconds)) problem = 'its cosignature is of a time to come'
    else return { line, atSeconds: Number(time) }
  }
  return { problem }
}
