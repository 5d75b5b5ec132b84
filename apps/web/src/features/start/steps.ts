import { ClientFault } from '@switchboard/api'
import type { Denial } from '@switchboard/api'

/** One step of an act, as people see it go. */
export interface Step {
  readonly says: string
  readonly state: 'waiting' | 'running' | 'done' | 'refused' | 'failed'
  /** What came of it, in a few words. */
  readonly came?: string
  readonly receiptId?: string
  readonly tookMs?: number
  readonly denial?: Denial
  readonly fault?: ClientFault
}

/** What a step of an act does; the answer of an operation fits as it is. */
export interface PlannedStep {
  readonly says: string
  perform(): Promise<
    | { readonly ok: true; readonly came?: string; readonly receiptId?: string | undefined }
    | { readonly ok: false; readonly denial: Denial; readonly receiptId?: string | undefined }
  >
}

/**
 * Performs steps one after the other and tells of each as it goes. The first that is refused or fails ends it: what was
 * done stays done, and the receipts say so.
 *
 * @returns whether all were done.
 */
export async function performSteps(
  plan: readonly PlannedStep[],
  tell: (steps: readonly Step[]) => void,
): Promise<boolean> {
  const steps: Step[] = plan.map(({ says }) => ({ says, state: 'waiting' }))
  const become = (at: number, step: Step): void => {
    steps[at] = step
    tell([...steps])
  }
  for (const [at, { says, perform }] of plan.entries()) {
    become(at, { says, state: 'running' })
    const startedAt = performance.now()
    try {
      const answer = await perform()
      const { receiptId } = answer
      const ended = {
        says,
        tookMs: performance.now() - startedAt,
        ...(receiptId === undefined ? {} : { receiptId }),
      }
      if (!answer.ok) {
        become(at, { ...ended, state: 'refused', denial: answer.denial })
        return false
      }
      become(at, { ...ended, state: 'done', ...(answer.came === undefined ? {} : { came: answer.came }) })
    } catch (error) {
      if (!(error instanceof ClientFault)) throw error
      become(at, { says, state: 'failed', fault: error })
      return false
    }
  }
  return true
}
