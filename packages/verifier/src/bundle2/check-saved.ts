import { checkSignature, parseCosignedCheckpoint, type Checkpoint } from '../checkpoint.ts'
import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import type { NotChecked } from '../report.ts'
import { compareWithSaved, type History } from '../verify-log.ts'
import { isRetiredFor, type TrustedKeys } from './rotations.ts'

/** A log of the file, with the earlier roots that are proved to lie on its way. */
export interface ProvedLog {
  readonly checkpoint: Checkpoint
  readonly history: History
}

/** Checks each saved checkpoint against the log of its origin (check 15). */
export async function checkSaved(
  notes: readonly string[],
  logs: readonly ProvedLog[],
  trusted: TrustedKeys,
  crypto: Crypto,
  findings: Findings,
): Promise<{ readonly checked: number; readonly notChecked: readonly NotChecked[] }> {
  const notChecked: NotChecked[] = []
  const continued = new Set<string>()
  for (const [i, note] of notes.entries()) {
    const where = notes.length === 1 ? 'saved checkpoint' : `saved checkpoint ${i + 1}`
    const saved = parseCosignedCheckpoint(note)
    if (saved === undefined) {
      findings.red(where, 'saved_form', 'It is not a signed checkpoint.')
      continue
    }
    const signature = await checkSignature(crypto, saved, trusted.keys)
    if (signature === 'unknown_key') {
      findings.red(where, 'saved_key', 'It is signed by none of the keys given.')
      continue
    }
    if (signature === 'invalid') {
      findings.red(where, 'saved_signature', 'Its signature does not fit.')
      continue
    }
    if (isRetiredFor(saved, trusted)) {
      const message = `Its key was retired before the log had ${saved.size} entries.`
      findings.red(where, 'checkpoint_key_retired', message)
      continue
    }
    const log = logs.find(({ checkpoint }) => checkpoint.origin === saved.origin)
    if (log === undefined) {
      const what = `that the log ${saved.origin} continues the saved checkpoint`
      notChecked.push({ what, why: 'the bundle holds nothing of that log', because: 'absent' })
      continue
    }
    continued.add(saved.origin)
    compareWithSaved(saved, log.checkpoint, log.history, `${where} of ${saved.origin}`, findings)
  }
  for (const { checkpoint } of logs) {
    if (continued.has(checkpoint.origin)) continue
    const what = `that the log ${checkpoint.origin} continues one seen before`
    notChecked.push({ what, why: 'no saved checkpoint of it was given', because: 'not_given' })
  }
  return { checked: continued.size, notChecked }
}
