import { Stack, Typography } from '@mui/material'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { performStep } from './perform-step.ts'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { count } from '../../parts/format.ts'
import { StepList } from './step-list.tsx'
import { performSteps } from './steps.ts'
import type { Step } from './steps.ts'

/** Nothing is written until somebody accepts it: what both runs propose, into the case, with the run as its origin. */
export function AcceptRuns(props: { readonly case: string; readonly runs: readonly string[] }) {
  const [first = '', second] = props.runs
  const queries = useQueryClient()
  const [steps, setSteps] = useState<readonly Step[]>([])
  const [busy, setBusy] = useState(false)
  const triage = useRead('run.diff', { id: first }, { when: first !== '' })
  const context = useRead('run.diff', { id: second ?? '' }, { when: second !== undefined })
  const rows = [triage, context].flatMap(({ data }) => (data?.ok === true ? data.value.rows : []))
  const open = rows.filter(({ accepted }) => !accepted).length
  if (rows.length === 0) return null

  const accept = async () => {
    setBusy(true)
    await performSteps(
      props.runs.map((id) => ({
        says: `Accept what run …${id.slice(-8)} proposes`,
        async perform() {
          const done = await performStep('run.accept', { id, case: props.case })
          if (!done.ok) return done
          const { created, updated, relations } = done.value
          return {
            ...done,
            came: `${count(created, 'entity', 'entities')} new, ${updated} updated, ${count(relations, 'relation')}`,
          }
        },
      })),
      setSteps,
    )
    setBusy(false)
    await queries.invalidateQueries()
  }
  return (
    <Stack spacing={1}>
      <Typography variant="body2">
        {open === 0
          ? `All ${count(rows.length, 'row')} of the proposals are in the case and in your graph. The page of the run takes them back.`
          : `The plugins propose ${count(open, 'row')}: entities and how they hang together. Nothing is written until you accept.`}
      </Typography>
      {open === 0 ? null : (
        <AllowedButton
          operation="run.accept"
          variant="contained"
          loading={busy}
          onClick={() => void accept()}
        >
          Accept into the case
        </AllowedButton>
      )}
      {steps.length === 0 ? null : <StepList label="Accepting" steps={steps} />}
      <CommandLine
        command={props.runs.map((id) => `npx switchboard run accept ${id} ${props.case}`).join('\n')}
      />
    </Stack>
  )
}
