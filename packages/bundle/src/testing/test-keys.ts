import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { sha256 } from './test-tree.ts'

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** An Ed25519 key of a log or of a witness, made from a seed so that bundles of tests can be made again. */
export class TestKey {
  readonly name: string
  readonly vkey: string
  readonly hash: Buffer
  readonly #key: KeyObject

  /** @param type `0x01` for logs, `0x04` for witnesses. */
  constructor(name: string, seed: string, type = 1) {
    this.#key = createPrivateKey({
      key: Buffer.concat([pkcs8Prefix, sha256(Buffer.from(seed))]),
      format: 'der',
      type: 'pkcs8',
    })
    const raw = createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-32)
    const typed = Buffer.concat([Buffer.of(type), raw])
    this.name = name
    this.hash = sha256(Buffer.from(`${name}\n`), typed).subarray(0, 4)
    this.vkey = `${name}+${this.hash.toString('hex')}+${typed.toString('base64')}`
  }

  sign(text: string): Buffer {
    return sign(null, Buffer.from(text), this.#key)
  }

  /** The signature line of a note with that text. */
  line(text: string): string {
    return this.#line(this.sign(text))
  }

  /** A witness's line (C2SP tlog-cosignature). @param time seconds since 1970. */
  cosignature(text: string, time: number): string {
    const stamp = Buffer.alloc(8)
    stamp.writeBigUInt64BE(BigInt(time))
    return this.#line(Buffer.concat([stamp, this.sign(`cosignature/v1\ntime ${time}\n${text}`)]))
  }

  #line(payload: Buffer): string {
    return `— ${this.name} ${Buffer.concat([this.hash, payload]).toString('base64')}\n`
  }
}
