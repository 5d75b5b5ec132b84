import type { Evidence, Flip, GivenTrust, Verdict } from '@switchboard/verifier/worker-client'
import { useEffect, useRef, useState } from 'react'
import { openEvidence } from './browser-verifier.ts'
import type { OpenedEvidence } from './browser-verifier.ts'

export type Verification = { readonly evidence?: Evidence } & (
  | { readonly state: 'nothing' | 'reading' | 'verifying' }
  | { readonly state: 'failed'; readonly why: string }
  | { readonly state: 'done'; readonly verdict: Verdict }
)

/**
 * Verifies a file in this browser, anew whenever the file, what is trusted or the turned bit is another. An answer to an
 * older question is never shown.
 *
 * @param trust undefined while nothing is trusted: then nothing is verified.
 */
export function useVerdict(
  file: Blob | undefined,
  trust: GivenTrust | undefined,
  flip: Flip | undefined,
): Verification {
  const [shown, setShown] = useState<Verification>({ state: 'nothing' })
  const opened = useRef<{ readonly file: Blob; readonly evidence: OpenedEvidence } | undefined>(undefined)
  // Callers make trust anew each time they draw; what it says is what counts.
  const trusted = JSON.stringify(trust)
  useEffect(() => {
    let wanted = true
    const show = (next: Verification) => {
      if (wanted) setShown(next)
    }
    async function verify(): Promise<void> {
      if (file === undefined) return show({ state: 'nothing' })
      if (opened.current?.file !== file) {
        show({ state: 'reading' })
        opened.current = { file, evidence: await openEvidence(file) }
      }
      const { evidence, verify: ask } = opened.current.evidence
      if (trusted === undefined) return show({ state: 'nothing', evidence })
      show({ state: 'verifying', evidence })
      // It was made a text above and says the same.
      const verdict = await ask(JSON.parse(trusted) as GivenTrust, flip)
      show({ state: 'done', evidence, verdict })
    }
    verify().catch((error: unknown) => {
      show({ state: 'failed', why: error instanceof Error ? error.message : String(error) })
    })
    return () => {
      wanted = false
    }
  }, [file, trusted, flip])
  return shown
}
