import { createPrivateKey, createPublicKey, generateKeyPairSync, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
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

/**
 * Reads `log.key` (PKCS #8, Ed25519) from the folder, or makes it there when the log is new; `log.vkey` lies beside it.
 *
 * @param name the key's name; made from the key when left out.
 * @throws {Fault} `log_key_missing` when a log exists but its key does not; `log_key_invalid`.
 */
export async function openLogKey(
  folder: string,
  options: { name?: string; isNewLog: boolean },
): Promise<LogKey> {
  const file = join(folder, 'log.key')
  const privateKey = (await readKey(file)) ?? (await makeKey(file, options.isNewLog))
  const publicKey = createPublicKey(privateKey)
  const { x = '' } = publicKey.export({ format: 'jwk' })
  const raw = Buffer.from(x, 'base64url')
  const name = options.name ?? `switchboard.local/log/${hash('sha256', raw, 'hex').slice(0, 8)}`
  if (!/^[^\s+]+$/u.test(name)) {
    throw new Fault('log_origin_invalid', `The log's name "${name}" holds white space or "+".`, {
      retryable: false,
    })
  }
  const typed = Buffer.concat([Buffer.of(1), raw])
  const keyHash = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), typed]), 'buffer').subarray(
    0,
    4,
  )
  const vkey = `${name}+${keyHash.toString('hex')}+${typed.toString('base64')}`
  const vkeyFile = join(folder, 'log.vkey')
  const known = await readFile(vkeyFile, 'utf8').catch(() => '')
  if (known !== `${vkey}\n`) await writeFileAtomically(vkeyFile, `${vkey}\n`)
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

async function makeKey(file: string, isNewLog: boolean): Promise<KeyObject> {
  if (!isNewLog) {
    throw new Fault(
      'log_key_missing',
      `The log has checkpoints, but its key ${file} is missing. A new key would be another log: restore the file.`,
      { retryable: false },
    )
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  await writeFileAtomically(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), 0o600)
  return privateKey
}
