import { createPublicKey, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { Fault } from '../../kernel/fault.ts'

/** A checkpoint carries at most so many cosignatures (docs/reference/evidence-bundle.md, section 2). */
const mostWitnesses = 16

/** A witness as the operator of this server named it; its key is a root of trust and never comes from the network. */
export interface WitnessPeer {
  /** Where `add-checkpoint` is. */
  readonly url: URL
  readonly name: string
  /** C2SP key hash, 4 bytes. */
  readonly hash: Buffer
  readonly vkey: string
  readonly publicKey: KeyObject
}

/** DER of an Ed25519 public key (RFC 8410) up to its 32 raw bytes. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const cosignatureType = 4

/**
 * Reads the setting `witnesses`: `URL=vkey`, separated by commas.
 *
 * @throws {Fault} `config_invalid`, naming the witness and the rule.
 */
export function parseWitnesses(setting: string, needed: number): readonly WitnessPeer[] {
  const items = setting.split(',').map((item) => item.trim())
  const peers = items.filter((item) => item !== '').map(parsePeer)
  if (peers.length > mostWitnesses) throw invalid(`at most ${mostWitnesses} witnesses can be named`)
  const hasTwice = (of: (peer: WitnessPeer) => string): boolean => new Set(peers.map(of)).size < peers.length
  // One key under two names would count twice.
  if (
    hasTwice(({ publicKey }) => publicKey.export({ format: 'jwk' }).x ?? '') ||
    hasTwice(({ url }) => url.href)
  )
    throw invalid('a key or an address is named twice; each witness counts once')
  if (peers.length > 0 && needed > peers.length)
    throw invalid(`witnessesNeeded is ${needed}, but only ${peers.length} are named`)
  return peers
}

function parsePeer(item: string): WitnessPeer {
  const [, address = '', vkey = ''] = /^(https?:\/\/[^=\s]+)=(\S+)$/.exec(item) ?? []
  const url = URL.parse(address)
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw invalid(
      `"${item.slice(0, 80)}" is not URL=vkey, such as https://witness.example=witness.example/w1+0123abcd+B…`,
    )
  const match = /^([^\s+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(vkey)
  const [, name = '', keyHash = '', encoded = ''] = match ?? []
  const typed = Buffer.from(encoded, 'base64')
  const computed = hash(
    'sha256',
    Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), typed]),
    'buffer',
  ).subarray(0, 4)
  if (match === null || typed[0] !== cosignatureType || computed.toString('hex') !== keyHash)
    throw invalid(`the key of ${url.host} is no verifier key of a witness (name+hash+key, of type 4)`)
  try {
    const der = Buffer.concat([spkiPrefix, typed.subarray(1)])
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' })
    const base = url.href.endsWith('/') ? url.href : `${url.href}/`
    return { url: new URL('add-checkpoint', base), name, hash: computed, vkey, publicKey }
  } catch (cause) {
    throw invalid(`the key of ${url.host} is no point of the curve`, cause)
  }
}

function invalid(what: string, cause?: unknown): Fault {
  const message = `Configuration: witnesses (SWITCHBOARD_WITNESSES): ${what}; see docs/guides/run-a-witness.md.`
  return new Fault('config_invalid', message, { retryable: false, cause })
}
