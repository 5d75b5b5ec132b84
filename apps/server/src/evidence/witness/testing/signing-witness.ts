import { generateKeyPairSync, hash, sign } from 'node:crypto'
import { parseWitnesses } from '../witness-list.ts'
import type { WitnessPeer } from '../witness-list.ts'

/** The key of a witness, and cosignatures by it: written from C2SP tlog-cosignature, with none of the product's code. */
export function signingWitness(name = 'witness.example/w1', url = 'http://127.0.0.1:9') {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const typed = Buffer.concat([
    Buffer.of(4),
    Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
  ])
  const keyHash = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'buffer').subarray(0, 4)
  const vkey = `${name}+${keyHash.toString('hex')}+${typed.toString('base64')}`
  const [peer] = parseWitnesses(`${url}=${vkey}`, 1)
  return {
    vkey,
    peer: peer as WitnessPeer,
    cosign(text: string, atSeconds: number): string {
      const time = Buffer.alloc(8)
      time.writeBigUInt64BE(BigInt(atSeconds))
      const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${atSeconds}\n${text}`), privateKey)
      return `\u2014 ${name} ${Buffer.concat([keyHash, time, signature]).toString('base64')}`
    },
  }
}
