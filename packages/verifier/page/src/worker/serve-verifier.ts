import { traceReceipt, verifyGrowth } from '../../../src/index.ts'
import type { Crypto } from '../../../src/index.ts'
import { pageCrypto } from './page-crypto.ts'
import type { Evidence, Questions, Reply, Request, Tally } from './protocol.ts'
import { readRoots } from './read-roots.ts'
import { tallyFlips } from './tally-flips.ts'
import { kindOf, verifyEvidence } from './verify-evidence.ts'

/** 1 GiB, as the format says: more is not even read into memory. */
const maxFileBytes = 2 ** 30

/** The verifier's end of the protocol. It keeps the bytes of one file, and runs in a worker or, where there is none, on the page. */
export function serveVerifier(reply: (reply: Reply) => void): (request: Request) => Promise<void> {
  /** One after the other: a bit that is turned for one question must be back before the next one reads the bytes. */
  let before: Promise<unknown> = Promise.resolve()
  let loaded: { readonly bytes: Uint8Array; readonly evidence: Evidence } | undefined

  async function load(
    { file }: Questions['load']['ask'],
    crypto: Crypto,
  ): Promise<Questions['load']['answer']> {
    loaded = undefined
    if (file.size > maxFileBytes)
      throw new Error(`The file has ${file.size} bytes; 1 GiB is the most that is read.`)
    const bytes = new Uint8Array(await file.arrayBuffer())
    const digest = await crypto.sha256OfLarge(bytes)
    const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    const evidence = { kind: kindOf(bytes), bytes: bytes.length, sha256 }
    loaded = { bytes, evidence }
    return evidence
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = before.then(work)
    before = done.catch(() => undefined)
    return done
  }

  async function answer(request: Request): Promise<Questions[Request['name']]['answer']> {
    const crypto = await pageCrypto()
    if (request.name === 'roots') return readRoots(request.ask.text, request.ask.name, crypto)
    if (request.name === 'trace')
      return traceReceipt(new Uint8Array(await request.ask.file.arrayBuffer()), crypto)
    if (request.name === 'growth')
      return verifyGrowth(request.ask.saved, request.ask.said, request.ask.logKeys, crypto)
    return inTurn(async () => {
      if (request.name === 'load') return load(request.ask, crypto)
      // After a stop it is read again, and may be another one by then: its verdict must not stand under the old name.
      if (loaded?.evidence.sha256 !== request.ask.sha256)
        throw new Error('The file has changed since it was chosen. Choose it again.')
      const { bytes, evidence } = loaded
      const { kind } = evidence
      if (request.name === 'verify')
        return verifyEvidence(bytes, kind, request.ask.trust, request.ask.flip, crypto)
      const report = (tally: Tally) => reply({ id: request.id, state: 'under_way', tally })
      return tallyFlips(bytes, kind, request.ask, crypto, report)
    })
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
