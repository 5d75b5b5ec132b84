import { sign } from 'node:crypto'
import type { NoteSignature } from './signed-note.ts'
import { signatureFits } from './verifier-key.ts'
import type { VerifierKey } from './verifier-key.ts'
import type { WitnessKey } from './witness-key.ts'

/** C2SP tlog-cosignature v1: the witness saw this as the largest consistent tree at that time (seconds since 1970). */
export function cosign(key: WitnessKey, text: string, atSeconds: number): string {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(atSeconds))
  const signature = sign(null, Buffer.from(messageOf(text, BigInt(atSeconds)), 'utf8'), key.privateKey)
  const encoded = Buffer.concat([Buffer.from(key.hash, 'hex'), time, signature]).toString('base64')
  return `\u2014 ${key.name} ${encoded}`
}

/** @returns the time of a cosignature by that key over that text, in seconds; undefined when it is not one. */
export function readCosignature(
  key: VerifierKey,
  text: string,
  signature: NoteSignature,
): number | undefined {
  if (signature.name !== key.name || signature.hash !== key.hash || signature.bytes.length !== 72)
    return undefined
  const time = Buffer.from(signature.bytes).readBigUInt64BE()
  const fits = signatureFits(key, messageOf(text, time), signature.bytes.subarray(8))
  return fits && time <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(time) : undefined
}

function messageOf(text: string, time: bigint): string {
  return `cosignature/v1\ntime ${time}\n${text}`
}
