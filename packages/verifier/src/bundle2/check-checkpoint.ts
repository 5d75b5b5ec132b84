import type { Json } from '../canonical-json.ts'
import { checkSignature, parseCosignedCheckpoint, type CosignedCheckpoint } from '../checkpoint.ts'
import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import { isText } from '../shape.ts'
import { isRetiredFor, type TrustedKeys } from './rotations.ts'

/** Checks a checkpoint's form, origin and the log's own signature (check 13); `undefined` when it cannot be read. */
export async function checkCheckpoint(
  note: Json | undefined,
  origin: string | undefined,
  trusted: TrustedKeys,
  where: string,
  crypto: Crypto,
  findings: Findings,
): Promise<CosignedCheckpoint | undefined> {
  const checkpoint = isText(note) ? parseCosignedCheckpoint(note) : undefined
  if (checkpoint === undefined) {
    const message =
      'It is not a signed checkpoint: origin, size, root, and first a signature by a key of that origin.'
    findings.red(where, 'checkpoint_form', message)
    return undefined
  }
  if (origin !== undefined && checkpoint.origin !== origin) {
    const message = `It is of the log ${checkpoint.origin.slice(0, 120)}, the manifest speaks of ${JSON.stringify(origin.slice(0, 120))}.`
    findings.red(where, 'checkpoint_origin', message)
  }
  if (trusted.keys.length > 0) await checkOwnSignature(checkpoint, trusted, where, crypto, findings)
  return checkpoint
}

async function checkOwnSignature(
  checkpoint: CosignedCheckpoint,
  trusted: TrustedKeys,
  where: string,
  crypto: Crypto,
  findings: Findings,
): Promise<void> {
  switch (await checkSignature(crypto, checkpoint, trusted.keys)) {
    case 'unknown_key': {
      const message = `It is signed by key ${checkpoint.keyHash} of ${checkpoint.keyName}, which is none of the keys given, and no rotation leads to it from one.`
      return findings.red(where, 'checkpoint_key', message)
    }
    case 'invalid': {
      const message = 'The signature does not fit: origin, size, root or signature is altered.'
      return findings.red(where, 'checkpoint_signature', message)
    }
    case 'valid': {
      if (!isRetiredFor(checkpoint, trusted)) return
      const message = `Key ${checkpoint.keyHash} was retired before the log ${checkpoint.origin} had ${checkpoint.size} entries.`
      findings.red(where, 'checkpoint_key_retired', message)
    }
  }
}
