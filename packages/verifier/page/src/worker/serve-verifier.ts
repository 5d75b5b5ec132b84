import { pageCrypto } from './page-crypto.ts'
import type { EvidenceKind, Questions, Reply, Request, Tally } from './protocol.ts'
import { readRoots } from './read-roots.ts'
import { tallyFlips } from './tally-flips.ts'
import { kindOf, verifyEvidence } from './verify-evidence.ts'

/** 1 GiB, as the format says: more is not even read into memory. */
const maxFileBytes = 2 ** 30

/** The verifier's end of the protocol. It keeps the bytes of one file, and runs in a worker or, where there is none, on the page. */
export function serveVerifier(reply: (reply: Reply) => void): (request: Request) => Promise<void> {
  let loaded: { readonly bytes: Uint8Array; readonly kind: EvidenceKind } | undefined

  async function load({ file }: Questions['load']['ask']): Promise<Questions['load']['answer']> {
    loaded = undefined
    if (file.size > maxFileBytes)
      throw new Error(`The file has ${file.size} bytes; 1 GiB is the most that is read.`)
    const bytes = new Uint8Array(await file.arrayBuffer())
    loaded = { bytes, kind: kindOf(bytes) }
    const crypto = await pageCrypto()
    const sha256 = [...crypto.sha256(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    return { kind: loaded.kind, bytes: bytes.length, sha256 }
  }

  async function answer(request: Request): Promise<Questions[Request['name']]['answer']> {
    const crypto = await pageCrypto()
    if (request.name === 'load') return load(request.ask)
    if (request.name === 'roots') return readRoots(request.ask.text, request.ask.name, crypto)
    if (loaded === undefined) throw new Error('No file is loaded.')
    const { bytes, kind } = loaded
    if (request.name === 'verify')
      return verifyEvidence(bytes, kind, request.ask.trust, request.ask.flip, crypto)
    const report = (tally: Tally) => reply({ id: request.id, state: 'under_way', tally })
    return tallyFlips(bytes, kind, request.ask, crypto, report)
  }

  return async (request) => {
    try {
      reply({ id: request.id, state: 'answered', answer: await answer(request) })
    } catch (error) {
      reply({
        id: request.id,
        state: 'failed',
        message: error instanceof Error ? error.message : String(error),
      })
    }
  }
}
