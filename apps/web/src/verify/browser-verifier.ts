import { connectVerifier, workerEnd } from '@switchboard/verifier/worker-client'
import type {
  Evidence,
  Flip,
  GivenTrust,
  Growth,
  GrowthReport,
  ReceiptPath,
  RootsRead,
  Verdict,
  VerifierClient,
} from '@switchboard/verifier/worker-client'
import { startWorker } from './start-worker.ts'

/** A file that is held against what somebody trusts. It stays in this browser. */
export interface OpenedEvidence {
  readonly evidence: Evidence
  /** @param flip one bit that is turned before, and turned back afterwards. */
  verify(trust: GivenTrust, flip?: Flip): Promise<Verdict>
}

let started: VerifierClient | undefined
/** The worker holds one file: whoever asks about another gives it theirs first, and nobody comes in between. */
let held: Blob | undefined
let before: Promise<unknown> = Promise.resolve()

function verifier(): VerifierClient {
  return (started ??= connectVerifier((receive, stopped) => {
    const worker = startWorker()
    return workerEnd(worker, receive, (why) => {
      // One that failed is not asked again; the next question starts another.
      worker.terminate()
      started = undefined
      held = undefined
      stopped(why)
    })
  }))
}

/** Fetches and starts the verifier now, so that it is there when the server is not. */
export async function preloadVerifier(): Promise<void> {
  await verifier().ask('roots', { text: '', name: undefined })
}

/** @throws when the file is larger than 1 GiB, or this browser has not the cryptography. */
export function openEvidence(file: Blob | Uint8Array<ArrayBuffer>): Promise<OpenedEvidence> {
  const blob = file instanceof Blob ? file : new Blob([file])
  return inTurn(async () => {
    const evidence = await load(blob)
    return {
      evidence,
      verify: (trust, flip) =>
        inTurn(async () => {
          if (held !== blob) await load(blob)
          return verifier().ask('verify', { sha256: evidence.sha256, trust, flip })
        }),
    }
  })
}

/** Keys and checkpoints in a text, and what in it is neither. @param name of a publisher, from a file's name. */
export function readRoots(text: string, name?: string): Promise<RootsRead> {
  return verifier().ask('roots', { text, name })
}

/** Any bit of a file, where an attacker might have turned it. */
export function anyFlip({ bytes }: Evidence): Flip {
  const [place = 0, bit = 0] = crypto.getRandomValues(new Uint32Array(2))
  return { offset: place % bytes, bit: bit % 8 }
}

async function load(blob: Blob): Promise<Evidence> {
  held = undefined
  const evidence = await verifier().ask('load', { file: blob })
  held = blob
  return evidence
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = before.then(work)
  before = done.catch(() => undefined)
  return done
}

/** The hashes between a receipt and its checkpoint, as its file has them; undefined when they cannot be read. */
export function traceReceipt(file: Blob): Promise<ReceiptPath | undefined> {
  return verifier().ask('trace', { file })
}

/** Whether a log only grew since a checkpoint that somebody kept. */
export function verifyGrowth(saved: string, said: Growth, logKeys: readonly string[]): Promise<GrowthReport> {
  return verifier().ask('growth', { saved, said, logKeys })
}
