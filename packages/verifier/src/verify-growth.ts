import { checkCheckpoint } from './bundle2/check-checkpoint.ts'
import { checkSaved } from './bundle2/check-saved.ts'
import type { Crypto } from './crypto.ts'
import { Findings } from './findings.ts'
import type { Finding } from './findings.ts'
import { readLogKeys, verifyHistory } from './verify-log.ts'

/** What a server says of how its log grew: root and size of then, checkpoint of now, and the proof between them. */
export interface Growth {
  readonly from: number
  /** Base64. */
  readonly root: string
  readonly checkpoint: string
  /** Hashes in base64, in the order of RFC 6962. */
  readonly proof: readonly string[]
}

export interface GrowthReport {
  /** Whether the log of now begins with all of the log that was kept. */
  readonly ok: boolean
  readonly findings: readonly Finding[]
  /** Of the kept checkpoint and the one of now, where they can be read. */
  readonly from: number
  readonly to: number | undefined
}

/**
 * Whether a log only grew since a checkpoint that somebody kept. What the server says is held against the kept checkpoint
 * and against keys from outside.
 *
 * @param saved a signed checkpoint of an earlier day.
 */
export async function verifyGrowth(
  saved: string,
  said: Growth,
  logKeys: readonly string[],
  crypto: Crypto,
): Promise<GrowthReport> {
  const findings = new Findings()
  const trusted = { keys: readLogKeys(logKeys, crypto, findings), retired: new Map() }
  const checkpoint = await checkCheckpoint(
    said.checkpoint,
    undefined,
    trusted,
    'checkpoint of now',
    crypto,
    findings,
  )
  if (checkpoint !== undefined) {
    const steps = said.from < checkpoint.size ? [{ proof: said.proof, root: said.root, size: said.from }] : []
    const history = verifyHistory(steps, checkpoint, 'proof of growth', crypto, findings)
    const { checked } = await checkSaved([saved], [{ checkpoint, history }], trusted, crypto, findings)
    if (checked === 0 && findings.ok)
      findings.red('saved checkpoint', 'saved_key', `It is of another log than ${checkpoint.origin}.`)
  }
  return { ok: findings.ok, findings: findings.list(), from: said.from, to: checkpoint?.size }
}
