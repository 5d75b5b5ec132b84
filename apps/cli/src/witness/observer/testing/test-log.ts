import { generateKeyPairSync, hash, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { formatVerifierKey, parseVerifierKey } from '../verifier-key.ts'
import type { VerifierKey } from '../verifier-key.ts'

export interface TestKey extends VerifierKey {
  readonly privateKey: KeyObject
}

/** A log's key, as its operator hands it to a witness. */
export function testKey(name: string): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const key = parseVerifierKey(formatVerifierKey(name, 'log', raw), 'log')
  if (key === undefined) throw new TypeError('a key just made can be read')
  return { ...key, privateKey }
}

export function signatureLine(key: TestKey, text: string): string {
  const signature = sign(null, Buffer.from(text, 'utf8'), key.privateKey)
  return `\u2014 ${key.name} ${Buffer.concat([Buffer.from(key.hash, 'hex'), signature]).toString('base64')}\n`
}

/** A log in the RFC's own words (sections 2.1 and 2.1.2 of RFC 6962), slow and plain. */
export function testLog(key: TestKey, origin: string, leaves: readonly string[]) {
  const hashes = leaves.map((leaf) => sha256(Buffer.of(0), Buffer.from(leaf)))
  const rootAt = (size: number): Buffer => treeHash(hashes.slice(0, size))
  const textAt = (size: number): string => `${origin}\n${size}\n${rootAt(size).toString('base64')}\n`

  return {
    origin,
    rootAt,
    note: (size: number, by: TestKey = key): string => `${textAt(size)}\n${signatureLine(by, textAt(size))}`,
    text: textAt,
    proof: (from: number, to: number): readonly string[] =>
      from === 0 || from === to
        ? []
        : proofOf(from, hashes.slice(0, to), true).map((h) => h.toString('base64')),
    /** The body of a submission. */
    submission(from: number, to: number): Buffer {
      return bodyOf(from, this.proof(from, to), this.note(to))
    },
  }
}
export type TestLog = ReturnType<typeof testLog>

export function bodyOf(oldSize: number | string, proof: readonly string[], note: string): Buffer {
  return Buffer.from([`old ${oldSize}`, ...proof, '', note].join('\n'), 'utf8')
}

export const leaves = (count: number, word = 'leaf'): string[] =>
  Array.from({ length: count }, (_, at) => `${word} ${at}`)

function treeHash(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes
  if (only !== undefined && hashes.length === 1) return only
  const k = split(hashes.length)
  return sha256(Buffer.of(1), treeHash(hashes.slice(0, k)), treeHash(hashes.slice(k)))
}

function proofOf(m: number, hashes: readonly Buffer[], isWhole: boolean): Buffer[] {
  if (m === hashes.length) return isWhole ? [] : [treeHash(hashes)]
  const k = split(hashes.length)
  return m <= k
    ? [...proofOf(m, hashes.slice(0, k), isWhole), treeHash(hashes.slice(k))]
    : [...proofOf(m - k, hashes.slice(k), false), treeHash(hashes.slice(0, k))]
}

function split(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return hash('sha256', Buffer.concat(parts), 'buffer')
}
