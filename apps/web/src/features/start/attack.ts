import { ClientFault } from '@switchboard/api'
import type { Denial } from '@switchboard/api'
import { client } from '../../api/client.ts'
import { performStep } from './perform-step.ts'
import type { RunDetail } from './attack-report.ts'
import { exhaustWays } from './attacks.ts'
import { preparationSteps } from './preparation.ts'
import type { Needed, Preparation } from './preparation.ts'
import { listIn } from './read-results.ts'
import { performSteps } from './steps.ts'
import type { Step } from './steps.ts'

/** The two that attack, with the little they are granted, and the one that goes on answering meanwhile. */
export const neededToAttack: readonly Needed[] = [
  { id: 'hostile-escape', caps: ['read:graph'] },
  { id: 'hostile-exhaust', caps: ['read:graph'] },
  { id: 'ioc-triage', caps: [] },
]

/** One answer of the other plugin while the attack was going on. */
export interface OtherAnswer {
  /** Since the attack began. */
  readonly atMs: number
  readonly tookMs: number
  /** With what it answers when nobody attacks. */
  readonly answered: boolean
  /** What was being tried then. */
  readonly during: string
  readonly receiptId: string | undefined
}

export interface Attack {
  readonly busy: boolean
  readonly steps: readonly Step[]
  readonly under: string | undefined
  readonly runs: readonly RunDetail[]
  readonly answers: readonly OtherAnswer[]
  readonly denial: Denial | undefined
  readonly fault: ClientFault | undefined
}

export const noAttack: Attack = {
  busy: false,
  steps: [],
  under: undefined,
  runs: [],
  answers: [],
  denial: undefined,
  fault: undefined,
}

const reviewNotes: Readonly<Record<string, string>> = {
  'hostile-escape': 'Hostile on purpose: it runs here to show that it is held.',
  'hostile-exhaust': 'Hostile on purpose: it runs here to show that it is stopped.',
}
const reviewNote = 'Stated from the start page, by its button.'
const pollMs = 150
const restMs = 150
const line = 'Beacon to 9[.]9[.]9[.]9:443, see hxxps://portal[.]example/login'
/** An endpoint, its address, a URL, its domain. */
const inLine = 4

/**
 * Attacks this server with the hostile samples, one way after the other, while another plugin is asked again and again.
 * What happens is told as it happens, so that it is there for whoever comes back to the page.
 */
export async function attack(
  preparations: readonly Preparation[],
  change: (next: (before: Attack) => Attack) => void,
): Promise<void> {
  change(() => ({ ...noAttack, busy: true }))
  const tell = (told: Partial<Attack>): void => change((before) => ({ ...before, ...told }))
  try {
    const ready = await performSteps(
      preparations.flatMap((each) => preparationSteps(each, reviewNotes[each.id] ?? reviewNote)),
      (steps) => tell({ steps }),
    )
    if (!ready) return
    const state = { isOver: false, under: '' }
    const others = answerMeanwhile(state, (answer) =>
      change((before) => ({ ...before, answers: [...before.answers, answer] })),
    )
    try {
      const runs = [
        { name: 'escape', id: 'hostile-escape', input: {} },
        ...exhaustWays.map(({ way }) => ({ name: way, id: 'hostile-exhaust', input: { way } })),
      ]
      for (const { name, id, input } of runs) {
        state.under = name
        tell({ under: name })
        const denial = await attackOnce(id, input, (run) =>
          change((before) => ({ ...before, runs: [...before.runs, run] })),
        )
        if (denial !== undefined) return tell({ denial })
      }
    } finally {
      state.isOver = true
      await others
    }
  } catch (error) {
    if (!(error instanceof ClientFault)) throw error
    tell({ fault: error })
  } finally {
    tell({ busy: false, under: undefined })
  }
}

/** Queues a run and waits for its end, however it ends. @returns why it was not even queued */
async function attackOnce(
  id: string,
  input: object,
  ended: (run: RunDetail) => void,
): Promise<Denial | undefined> {
  const queued = await performStep('run.submit', { id, input })
  if (!queued.ok) return queued.denial
  for (;;) {
    const detail = await client.perform('run.detail', { id: queued.value.runId })
    if (!detail.ok) return detail.denial
    if (!['queued', 'running'].includes(detail.value.run.state)) {
      ended(detail.value)
      return undefined
    }
    await rest(pollMs)
  }
}

/** Asks the other plugin, again as soon as it has answered, until the attack is over. */
async function answerMeanwhile(
  state: { readonly isOver: boolean; readonly under: string },
  answered: (answer: OtherAnswer) => void,
): Promise<void> {
  const startedAt = performance.now()
  while (!state.isOver) {
    const at = performance.now()
    const during = state.under
    const answer = await performStep('plugin.run', { id: 'ioc-triage', input: { text: line } }).catch(
      () => undefined,
    )
    answered({
      atMs: at - startedAt,
      tookMs: performance.now() - at,
      answered: answer?.ok === true && listIn(answer.value.result, 'indicators').length === inLine,
      during,
      receiptId: answer?.receiptId,
    })
    await rest(restMs)
  }
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
