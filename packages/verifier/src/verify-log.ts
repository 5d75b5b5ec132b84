import { decodeHash } from './base64.ts'
import { sameBytes } from './bytes.ts'
import type { Json } from './canonical-json.ts'
import {
  checkSignature,
  parseCheckpoint,
  parseLogKey,
  sameTree,
  type Checkpoint,
  type LogKey,
} from './checkpoint.ts'
import type { Crypto } from './crypto.ts'
import type { Findings } from './findings.ts'
import { isTreeSize, verifyConsistency } from './merkle-tree.ts'
import { hasExactly, isList, isObject, isText } from './shape.ts'

/** Reads the verifier keys that the caller trusts. Malformed ones are red: to pass them over would be to trust less than asked. */
export function readLogKeys(vkeys: readonly string[], crypto: Crypto, findings: Findings): readonly LogKey[] {
  const keys: LogKey[] = []
  for (const vkey of vkeys) {
    const key = parseLogKey(vkey.trim(), crypto)
    if (key !== undefined) keys.push(key)
    else
      findings.red(
        'log key given',
        'log_key_form',
        `${JSON.stringify(vkey.slice(0, 60))} is not a verifier key name+hash+key.`,
      )
  }
  if (vkeys.length === 0) {
    findings.red(
      'log key',
      'log_key_missing',
      'No log key was given, and none is ever taken from the file: the signature cannot be checked.',
    )
  }
  return keys
}

/** Reads a checkpoint and checks its signature under keys from outside; reports what does not hold. */
export async function verifyCheckpoint(
  note: Json | undefined,
  keys: readonly LogKey[],
  where: string,
  crypto: Crypto,
  findings: Findings,
): Promise<Checkpoint | undefined> {
  const checkpoint = isText(note) ? parseCheckpoint(note) : undefined
  if (checkpoint === undefined) {
    findings.red(
      where,
      'checkpoint_form',
      'It is not a signed checkpoint: origin, size, root and exactly one signature, by the origin.',
    )
    return undefined
  }
  if (keys.length === 0) return checkpoint
  const signature = await checkSignature(crypto, checkpoint, keys)
  if (signature === 'unknown_key') {
    const message = `It is signed by key ${checkpoint.keyHash} of ${checkpoint.origin}, which is none of the keys given.`
    findings.red(where, 'checkpoint_key', message)
  }
  if (signature === 'invalid') {
    findings.red(
      where,
      'checkpoint_signature',
      'The signature does not fit: origin, size, root or signature is altered.',
    )
  }
  return checkpoint
}

/** A list of hashes in base64; `undefined` when any is malformed. */
export function readProof(value: Json | undefined): readonly Uint8Array[] | undefined {
  if (!isList(value)) return undefined
  const hashes: Uint8Array[] = []
  for (const item of value) {
    const hash = decodeHash(item)
    if (hash === undefined) return undefined
    hashes.push(hash)
  }
  return hashes
}

/** Earlier roots proved to lie on the way to the bundle's checkpoint, by size. */
export type History = ReadonlyMap<number, Uint8Array>

export function verifyHistory(
  value: Json | undefined,
  checkpoint: Checkpoint,
  where: string,
  crypto: Crypto,
  findings: Findings,
): History {
  const proved = new Map<number, Uint8Array>()
  if (!isList(value)) {
    findings.red(where, 'history_shape', 'history must be a list.')
    return proved
  }
  let previous = 0
  for (const [i, step] of value.entries()) {
    const stepWhere = `${where} ${i + 1}`
    const shown = isObject(step) && hasExactly(step, ['proof', 'root', 'size']) ? step : undefined
    const proof = readProof(shown?.proof)
    const root = decodeHash(shown?.root)
    const size = shown?.size
    if (proof === undefined || root === undefined || !isTreeSize(size)) {
      findings.red(
        stepWhere,
        'history_shape',
        'A step of the history has proof, root and size, and nothing else.',
      )
      continue
    }
    if (size <= previous || size >= checkpoint.size) {
      findings.red(
        stepWhere,
        'history_order',
        `Size ${size} is out of order: sizes ascend and stay below ${checkpoint.size}.`,
      )
    }
    previous = size
    const claim = { size1: size, size2: checkpoint.size, root1: root, root2: checkpoint.root, proof }
    if (verifyConsistency(crypto, claim)) proved.set(size, root)
    else
      findings.red(
        stepWhere,
        'history_proof',
        `The log of size ${size} is not shown to be the beginning of this one.`,
      )
  }
  return proved
}

/** Checkpoints that the caller kept from earlier days: one, several, or none. */
export function savedNotes(saved: string | readonly string[] | undefined): readonly string[] {
  if (saved === undefined) return []
  return typeof saved === 'string' ? [saved] : saved
}

/** Whether the log of the file continues the log that the caller saw before. */
export async function verifySavedCheckpoint(
  note: string,
  checkpoint: Checkpoint,
  history: History,
  keys: readonly LogKey[],
  crypto: Crypto,
  findings: Findings,
): Promise<void> {
  const where = 'saved checkpoint'
  const saved = parseCheckpoint(note)
  if (saved === undefined) return findings.red(where, 'saved_form', 'It is not a signed checkpoint.')
  if (saved.origin !== checkpoint.origin) {
    return findings.red(
      where,
      'saved_key',
      `It is of the log ${saved.origin}, the file of ${checkpoint.origin}.`,
    )
  }
  const signature = await checkSignature(crypto, saved, keys)
  if (signature === 'unknown_key')
    return findings.red(where, 'saved_key', 'It is signed by none of the keys given.')
  if (signature === 'invalid') return findings.red(where, 'saved_signature', 'Its signature does not fit.')
  compareWithSaved(saved, checkpoint, history, where, findings)
}

/** Whether the checkpoint continues one whose signature was found valid. */
export function compareWithSaved(
  saved: Checkpoint,
  checkpoint: Checkpoint,
  history: History,
  where: string,
  findings: Findings,
): void {
  if (saved.size > checkpoint.size) {
    const message = `The log had ${saved.size} entries when it was saved and has ${checkpoint.size} here: truncated, or an older export.`
    return findings.red(where, 'saved_ahead', message)
  }
  if (saved.size === checkpoint.size) {
    if (sameTree(saved, checkpoint)) return
    return findings.red(
      where,
      'saved_differs',
      `Both have size ${saved.size}, but other entries: the log was rewritten.`,
    )
  }
  const root = history.get(saved.size)
  if (root === undefined) {
    const message = `The file does not prove that it continues the log of size ${saved.size}: ask for an export with that size in its history.`
    return findings.red(where, 'saved_unproved', message)
  }
  if (!sameBytes(root, saved.root)) {
    findings.red(
      where,
      'saved_fork',
      `At size ${saved.size} the file's log had other entries: the log was rewritten.`,
    )
  }
}
