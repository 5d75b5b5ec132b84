import { decodeBase64, decodeHash } from '../base64.ts'
import { toHex, utf8 } from '../bytes.ts'
import type { Json } from '../canonical-json.ts'
import { maySignFor, parseLogKey, type Checkpoint, type LogKey } from '../checkpoint.ts'
import type { Crypto } from '../crypto.ts'
import type { Findings } from '../findings.ts'
import { isTreeSize } from '../merkle-tree.ts'
import { isList, isText } from '../shape.ts'

/** A note by which an operator's key is replaced; nothing about it has been checked but its form. */
interface Rotation {
  readonly old: LogKey
  readonly next: LogKey
  /** Size of each log when the old key was retired, by origin. */
  readonly sizes: ReadonlyMap<string, number>
  readonly signedText: Uint8Array
  readonly signatures: readonly { readonly name: string; readonly bytes: Uint8Array }[]
}

/** Keys that checkpoints may be signed with, and those among them that were retired. */
export interface TrustedKeys {
  readonly keys: readonly LogKey[]
  /** What the retired key still vouches for. By name and key hash. */
  readonly retired: ReadonlyMap<string, ReadonlyMap<string, number>>
}

export function keyId({ name, keyHash }: { readonly name: string; readonly keyHash: string }): string {
  return `${name} ${keyHash}`
}

/**
 * Follows rotation notes from the keys given to those they lead to (section 2 of the format). A note is checked under the
 * keys that it names itself; it adds trust only where its old key is trusted already.
 */
export async function followRotations(
  value: Json | undefined,
  given: readonly LogKey[],
  crypto: Crypto,
  findings: Findings,
): Promise<TrustedKeys & { readonly count: number }> {
  const keys = [...given]
  const retired = new Map<string, ReadonlyMap<string, number>>()
  const notes = isList(value) ? value : []
  if (!isList(value)) findings.red('section trailer, rotations', 'rotation_form', 'rotations must be a list.')
  for (const [i, note] of notes.entries()) {
    const where = `section trailer, rotation ${i + 1}`
    const rotation = isText(note) ? parseRotation(note, crypto) : undefined
    if (rotation === undefined) {
      findings.red(where, 'rotation_form', 'It is not a rotation note with two signatures.')
      continue
    }
    if (retired.has(keyId(rotation.old))) {
      const message = `Key ${rotation.old.keyHash} was replaced by a note before this one: a key is replaced once.`
      findings.red(where, 'rotation_form', message)
      continue
    }
    if (!(await isSignedByBoth(rotation, crypto))) {
      const message = 'It is not signed by the old key and then by the new one.'
      findings.red(where, 'rotation_signature', message)
      continue
    }
    retired.set(keyId(rotation.old), rotation.sizes)
    if (keys.some((key) => isSameKey(key, rotation.old))) keys.push(rotation.next)
  }
  return { keys, retired, count: notes.length }
}

/** Whether a checkpoint by this key is one that the key no longer vouches for. */
export function isRetiredFor(checkpoint: Checkpoint, { retired }: TrustedKeys): boolean {
  const sizes = retired.get(keyId({ name: checkpoint.keyName, keyHash: checkpoint.keyHash }))
  return sizes !== undefined && checkpoint.size > (sizes.get(checkpoint.origin) ?? 0)
}

function parseRotation(note: string, crypto: Crypto): Rotation | undefined {
  const [, text, signatureText] = /^([^]*?\n)\n([^]*)$/.exec(note) ?? []
  if (text === undefined || signatureText === undefined) return undefined
  const [title, oldKey, newKey, at, ...logs] = text.slice(0, -1).split('\n')
  const old = parseLogKey(oldKey ?? '', crypto)
  const next = parseLogKey(newKey ?? '', crypto)
  if (title !== 'switchboard/key-rotation/v1' || old === undefined || next === undefined) return undefined
  if (old.name !== next.name || isSameKey(old, next) || !/^(?:0|[1-9][0-9]{0,15})$/.test(at ?? ''))
    return undefined
  const sizes = new Map<string, number>()
  let before = ''
  for (const log of logs) {
    const [, origin, size, root] = /^([^\s+]+) ([1-9][0-9]{0,15}) ([A-Za-z0-9+/=]{44})$/.exec(log) ?? []
    if (origin === undefined || !isTreeSize(Number(size)) || decodeHash(root) === undefined) return undefined
    if (!maySignFor(old.name, origin) || (before !== '' && !isBefore(before, origin))) return undefined
    sizes.set(origin, Number(size))
    before = origin
  }
  const signatures = signatureText
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, name, encoded] = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]{92})$/.exec(line) ?? []
      return { name: name ?? '', bytes: decodeBase64(encoded ?? '') ?? new Uint8Array() }
    })
  if (!signatureText.endsWith('\n') || signatures.length !== 2) return undefined
  if (signatures.some(({ bytes }) => bytes.length !== 68)) return undefined
  return { old, next, sizes, signedText: utf8(text), signatures }
}

async function isSignedByBoth(rotation: Rotation, crypto: Crypto): Promise<boolean> {
  for (const [i, key] of [rotation.old, rotation.next].entries()) {
    const signature = rotation.signatures[i]
    if (signature?.name !== key.name || toHex(signature.bytes.subarray(0, 4)) !== key.keyHash) return false
    const fits = await crypto.verifyEd25519(key.publicKey, rotation.signedText, signature.bytes.subarray(4))
    if (!fits) return false
  }
  return true
}

function isSameKey(a: LogKey, b: LogKey): boolean {
  return a.name === b.name && toHex(a.publicKey) === toHex(b.publicKey)
}

function isBefore(a: string, b: string): boolean {
  return toHex(utf8(a)) < toHex(utf8(b))
}
