import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { link, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere, writeDurably } from './durable-file.ts'
import { formatVerifierKey, parseVerifierKey } from './verifier-key.ts'
import type { VerifierKey } from './verifier-key.ts'
import { WitnessRefused } from './witness-refused.ts'

export interface WitnessKey extends VerifierKey {
  readonly privateKey: KeyObject
}

const files = (folder: string) => ({
  key: join(folder, 'witness.key'),
  vkey: join(folder, 'witness.vkey'),
})

/**
 * Makes the witness's key in its folder. Never overwrites one: cosignatures are worth what the key's age is worth.
 *
 * @throws {WitnessRefused} `witness_exists`, `name_invalid`.
 */
export async function makeWitnessKey(folder: string, name: string): Promise<VerifierKey> {
  if (!/^[^\s+\p{Cc}]{1,255}$/u.test(name)) {
    const rule = 'A name has 1 to 255 characters, without white space and "+"; witness.example/w1, say.'
    throw new WitnessRefused('name_invalid', '--name', rule)
  }
  const { key: keyFile, vkey: vkeyFile } = files(folder)
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const vkey = formatVerifierKey(name, 'witness', rawOf(publicKey))
  const parsed = parseVerifierKey(vkey, 'witness')
  if (parsed === undefined) throw new TypeError('a verifier key just made can be read')
  // Name and key are one file: there is no moment in which a key lies there without its name.
  const fresh = `${keyFile}.new`
  await writeDurably(fresh, `${vkey}\n${privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()}`)
  try {
    await link(fresh, keyFile)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    throw new WitnessRefused('witness_exists', keyFile, 'There is a key already, and it is never replaced.')
  } finally {
    await rm(fresh, { force: true })
  }
  await writeDurably(vkeyFile, `${vkey}\n`, 0o644)
  return parsed
}

/** @throws {WitnessRefused} `witness_missing`, `key_invalid`, `key_readable`. */
export async function openWitnessKey(folder: string): Promise<WitnessKey> {
  const { key: file } = files(folder)
  const text = await readIfThere(file)
  if (text === undefined) {
    const next = `Make one with: switchboard witness init --state ${folder} --name NAME`
    throw new WitnessRefused('witness_missing', file, `There is no witness in this folder. ${next}`)
  }
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0) {
    const next = `Run: chmod 600 ${file}. If others may have read it, make a new witness.`
    throw new WitnessRefused('key_readable', file, `Others may read the key. ${next}`)
  }
  const end = text.indexOf('\n')
  const parsed = parseVerifierKey(text.slice(0, end), 'witness')
  try {
    const privateKey = createPrivateKey(text.slice(end + 1))
    if (parsed !== undefined && createPublicKey(privateKey).equals(parsed.publicKey))
      return { ...parsed, privateKey }
  } catch {
    // Not PEM: told below, as a key that is not that of its name.
  }
  throw new WitnessRefused('key_invalid', file, 'This is not a key with its name; restore the file.')
}

function rawOf(publicKey: KeyObject): Buffer {
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
}
