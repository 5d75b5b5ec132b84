import { performStep } from './perform-step.ts'
import { count } from '../../parts/format.ts'
import { preparationSteps } from './preparation.ts'
import type { Needed, Preparation } from './preparation.ts'
import { listIn } from './read-results.ts'
import { performSteps } from './steps.ts'
import type { Step } from './steps.ts'

/** Indicators out of the text, then who announces each address; the tables are data and ask for nothing. */
export const neededToAnalyse: readonly Needed[] = [
  { id: 'ip-asn', caps: [] },
  { id: 'ip-country', caps: [] },
  { id: 'ioc-triage', caps: ['read:case'] },
  {
    id: 'ip-asn-context',
    caps: ['read:case', 'read:graph', 'read:data:ip-asn', 'read:data:ip-country'],
  },
]

/** What was made of a text: the case, and a run of each plugin on it. */
export interface Analysed {
  readonly case: string
  readonly run: string
  readonly context: string
}

const reviewNote = 'Stated from the start page, by its button.'

/** Installs what is missing, opens a case with the text as its note, and runs both plugins on it. */
export async function analyse(deps: {
  readonly text: string
  readonly title: string
  readonly preparations: readonly Preparation[]
  readonly tell: (steps: readonly Step[]) => void
}): Promise<Analysed | undefined> {
  const { text, title, preparations, tell } = deps
  let caseId = ''
  let run = ''
  let context = ''
  const all = await performSteps(
    [
      ...preparations.flatMap((each) => preparationSteps(each, reviewNote)),
      {
        says: 'Open a case with your text as its note',
        async perform() {
          const opened = await performStep('case.create', { title, tlp: 'GREEN', note: text })
          if (opened.ok) caseId = opened.value.id
          return opened
        },
      },
      {
        says: 'Run ioc-triage on the case',
        async perform() {
          const ran = await performStep('plugin.run', { id: 'ioc-triage', case: caseId })
          if (!ran.ok) return ran
          run = ran.value.runId
          return {
            ...ran,
            came: `${count(listIn(ran.value.result, 'indicators').length, 'indicator')} found`,
          }
        },
      },
      {
        says: 'Run ip-asn-context on the case',
        async perform() {
          const ran = await performStep('plugin.run', { id: 'ip-asn-context', case: caseId })
          if (!ran.ok) return ran
          context = ran.value.runId
          const looked = listIn(ran.value.result, 'enrichments').length
          return { ...ran, came: `${count(looked, 'public address', 'public addresses')} looked up, offline` }
        },
      },
    ],
    tell,
  )
  return all ? { case: caseId, run, context } : undefined
}
