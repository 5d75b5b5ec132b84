import type { Crypto } from '../../../src/index.ts'
import { seededFlips } from './flips.ts'
import type { EvidenceKind, FlippedPlace, GivenTrust, Tally, Verdict } from './protocol.ts'
import { verifyEvidence } from './verify-evidence.ts'

const reportEveryMs = 200

/** Turns bits one after the other, verifies the whole file each time, and counts what named the damage. */
export async function tallyFlips(
  bytes: Uint8Array,
  kind: EvidenceKind,
  asked: { readonly trust: GivenTrust; readonly flips: number; readonly seed: number },
  crypto: Crypto,
  report: (tally: Tally) => void,
): Promise<Tally> {
  const rules = new Map<string, { flips: number; example: string }>()
  const unseen: FlippedPlace[] = []
  const startedAt = performance.now()
  let reportedAt = startedAt
  let made = 0
  const tally = (): Tally => ({
    flips: made,
    wanted: asked.flips,
    red: made - unseen.length,
    unseen,
    rules: [...rules].map(([rule, found]) => ({ rule, ...found })).toSorted((a, b) => b.flips - a.flips),
    tookMs: performance.now() - startedAt,
  })
  for (const flip of seededFlips(asked.seed, bytes.length, asked.flips)) {
    const verdict = await verifyEvidence(bytes, kind, asked.trust, flip, crypto)
    made++
    const broken = firstRed(verdict)
    if (broken === undefined) {
      if (verdict.flipped) unseen.push(verdict.flipped)
    } else {
      const known = rules.get(broken.rule) ?? { flips: 0, example: broken.where }
      known.flips++
      rules.set(broken.rule, known)
    }
    if (performance.now() - reportedAt < reportEveryMs) continue
    reportedAt = performance.now()
    report(tally())
    // On the page's own thread, where there is no worker, this is when it draws and hears.
    await new Promise((resolve) => setTimeout(resolve))
  }
  return tally()
}

function firstRed({ kind, report }: Verdict): { readonly rule: string; readonly where: string } | undefined {
  if (report.ok) return undefined
  if (kind === 'package') return 'code' in report ? { rule: report.code, where: report.where } : undefined
  // Red without a finding that says why would be as bad as green: it counts as unseen.
  return report.findings.find(({ severity }) => severity === 'red')
}
