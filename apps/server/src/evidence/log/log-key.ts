import { createPrivateKey, createPublicKey, generateKeyPairSync, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../kernel/fault.ts'
import { writeFileAtomically } from './atomic-file.ts'

/** The key that signs checkpoints and nothing else; packages are signed with keys of their publishers. */
export interface LogKey {
  /** Origins of logs are this name, or begin with it and a slash. */
  readonly name: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** C2SP key hash, 4 bytes. */
  readonly hash: Buffer
  /** C2SP verifier key: what people hand out. */
  readonly vkey: string
}

/** What a signature is held against. */
export type SigningKey = Pick<LogKey, 'name' | 'hash' | 'publicKey'>

/**
 * Reads `log.key` (PKCS #8, Ed25519) from the folder, or makes it there when the log is new.
 *
 * @param name the key's name; made from the key when left out.
 * @throws {Fault} `log_key_missing` when a log exists but its key does not; `log_key_invalid`.
 */
export async function openLogKey(
  folder: string,
  options: { name?: string; isNewLog: boolean },
): Promise<LogKey> {
  const file = keyFile(folder)
  const privateKey = (await readKey(file)) ?? (await makeFirstKey(file, options.isNewLog))
  const key = named(privateKey, options.name)
  await writeVkey(folder, key)
  return key
}

/** The key that was made to follow the one in use, when it is still beside it. */
export async function readNextKey(folder: string, next: SigningKey): Promise<LogKey | undefined> {
  const privateKey = await readKey(nextFile(folder, next))
  return privateKey === undefined ? undefined : named(privateKey, next.name)
}

/** For a key that was replaced before it was ever in use. */
export async function removeNextKey(folder: string, next: SigningKey): Promise<void> {
  await rm(nextFile(folder, next), { force: true })
}

/** Makes a key and puts it beside the one in use, so that it is there whenever the store says that it is the key. */
export async function makeNextKey(folder: string, name: string): Promise<LogKey> {
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = named(privateKey, name)
  await writeFileAtomically(nextFile(folder, key), pemOf(privateKey), 0o600)
  // The name of the file must outlast a loss of power too: the store will depend on it.
  await using directory = await open(folder, 'r')
  await directory.sync()
  return key
}

/** Puts the next key in the place of the one in use, whose bytes are overwritten as far as the file system does that. */
export async function replaceKey(folder: string, next: LogKey): Promise<void> {
  const file = keyFile(folder)
  await using old = await open(file, 'r+')
  try {
    await rename(nextFile(folder, next), file)
  } catch (error) {
    // Another server over the same folder was faster: what lies there now is no old key.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  const { size } = await old.stat()
  await old.write(Buffer.alloc(size), 0, size, 0)
  await old.sync()
  await writeVkey(folder, next)
}

export async function writeVkey(folder: string, key: LogKey): Promise<void> {
  const file = join(folder, 'log.vkey')
  const known = await readFile(file, 'utf8').catch(() => '')
  if (known !== `${key.vkey}\n`) await writeFileAtomically(file, `${key.vkey}\n`)
}

/** @returns undefined for what is no C2SP verifier key of Ed25519. */
export function parseVkey(vkey: string): SigningKey | undefined {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(vkey)
  const [, name = '', hex = '', encoded = ''] = match ?? []
  const typed = Buffer.from(encoded, 'base64')
  if (match === null || typed[0] !== 1 || typed.toString('base64') !== encoded) return undefined
  const keyHash = hashOf(name, typed)
  if (keyHash.toString('hex') !== hex) return undefined
  const x = typed.subarray(1).toString('base64url')
  return {
    name,
    hash: keyHash,
    publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
  }
}

const keyFile = (folder: string): string => join(folder, 'log.key')
const nextFile = (folder: string, next: SigningKey): string =>
  join(folder, `log.next-${next.hash.toString('hex')}.key`)
const pemOf = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }) as string

function hashOf(name: string, typed: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), typed]), 'buffer').subarray(0, 4)
}

function named(privateKey: KeyObject, wanted: string | undefined): LogKey {
  const publicKey = createPublicKey(privateKey)
  const { x = '' } = publicKey.export({ format: 'jwk' })
  const raw = Buffer.from(x, 'base64url')
  const name = wanted ?? `switchboard.local/log/${hash('sha256', raw, 'hex').slice(0, 8)}`
  if (!/^[^\s+]+$/u.test(name)) {
    throw new Fault('log_origin_invalid', `The log's name "${name}" holds white space or "+".`, {
      retryable: false,
    })
  }
  const typed = Buffer.concat([Buffer.of(1), raw])
  const keyHash = hashOf(name, typed)
  const vkey = `${name}+${keyHash.toString('hex')}+${typed.toString('base64')}`
  return { name, privateKey, publicKey, hash: keyHash, vkey }
}

async function readKey(file: string): Promise<KeyObject | undefined> {
  let pem: string
  try {
    pem = await readFile(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new Fault('log_key_invalid', `The log key ${file} cannot be read: ${String(cause)}`, {
      retryable: false,
      cause,
    })
  }
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw new Fault('log_key_invalid', `The log key ${file} is not a private key in PEM.`, {
      retryable: false,
      cause,
    })
  }
  throw new Fault('log_key_invalid', `The log key ${file} is not an Ed25519 key.`, { retryable: false })
}

async function makeFirstKey(file: string, isNewLog: boolean): Promise<KeyObject> {
  if (!isNewLog) {
    throw new Fault(
      'log_key_missing',
      `The log has checkpoints, but its key ${file} is missing. A new key would be another log: restore the file.`,
      { retryable: false },
    )
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  await writeFileAtomically(file, pemOf(privateKey), 0o600)
  return privateKey
}
