import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { canonicalJson, sha256Hex } from '../kernel/canonical.ts'
import { Fault } from '../kernel/fault.ts'

/** What a sealed value is bound to: taken to another place, it does not open. */
export interface Place {
  readonly organisation: string
  readonly package: string
  readonly name: string
  readonly hosts: readonly string[]
}

export interface SecretBox {
  seal(value: string, place: Place): string
  /** @throws {Fault} `secret_unreadable` when the key is gone or anything was changed, the hosts included. */
  open(sealed: string, place: Place): string
}

/**
 * AES-256-GCM under a key in `secrets.key` of the folder: lines of an id and 32 bytes in base64url. The last line seals;
 * every line opens what was sealed under it. To rotate, add a line, set the secrets again, take the old line away.
 *
 * @param isNew whether no secret was ever kept: only then is a missing key made.
 * @throws {Fault} `secret_key_missing`, `secret_key_invalid`
 */
export function openSecretBox(folder: string, isNew: boolean): SecretBox {
  const file = join(folder, 'secrets.key')
  if (!existsSync(file)) {
    if (!isNew)
      throw new Fault(
        'secret_key_missing',
        `Secrets are kept, but their key ${file} is missing. Restore it, or they can only be set again.`,
        { retryable: false },
      )
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const key = randomBytes(32)
    // Written beside and renamed: a start that is cut short leaves no half a key.
    writeFileSync(`${file}.new`, `${sha256Hex(key).slice(0, 8)} ${key.toString('base64url')}\n`, {
      mode: 0o600,
      flush: true,
    })
    renameSync(`${file}.new`, file)
    // Before anything is sealed with it.
    syncFolder(folder)
  }
  const keys = readKeys(file)
  const [current = ''] = [...keys.keys()].slice(-1)

  return {
    seal(value, place) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', keys.get(current) as Buffer, iv)
      cipher.setAAD(aadOf(current, place))
      const sealed = Buffer.concat([iv, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `v1.${current}.${sealed.toString('base64url')}`
    },
    open(sealed, place) {
      const [version, id = '', text = ''] = sealed.split('.')
      const key = keys.get(id)
      const bytes = Buffer.from(text, 'base64url')
      try {
        if (version !== 'v1' || key === undefined || bytes.byteLength < 28)
          throw new Error('no such key or form')
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
        decipher.setAAD(aadOf(id, place))
        decipher.setAuthTag(bytes.subarray(-16))
        return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new Fault(
          'secret_unreadable',
          `The secret ${place.name} of ${place.package} cannot be opened.`,
          {
            retryable: false,
            cause,
          },
        )
      }
    },
  }
}

/** Makes a name in a folder durable; where folders cannot be opened, they need not be. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function aadOf(key: string, place: Place): Buffer {
  const { organisation, package: packageName, name, hosts } = place
  return Buffer.from(
    canonicalJson({ use: 'switchboard secret', key, organisation, package: packageName, name, hosts }),
  )
}

function readKeys(file: string): ReadonlyMap<string, Buffer> {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  const keys = new Map<string, Buffer>()
  for (const line of lines) {
    const [, id, text] = /^([0-9a-f]{8}) ([A-Za-z0-9_-]{43})$/.exec(line) ?? []
    if (id === undefined || text === undefined)
      throw new Fault('secret_key_invalid', `The key file ${file} has a line that is none.`, {
        retryable: false,
      })
    keys.set(id, Buffer.from(text, 'base64url'))
  }
  if (keys.size === 0)
    throw new Fault('secret_key_invalid', `The key file ${file} is empty.`, { retryable: false })
  return keys
}
