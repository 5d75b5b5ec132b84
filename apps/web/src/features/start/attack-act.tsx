import { Box, Skeleton, Typography } from '@mui/material'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { usePermissions } from '../../app/use-permissions.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { FaultNotice } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { DenialCard } from '../../parts/denial-card.tsx'
import { ActCard } from './act-card.tsx'
import { AnswerStrip } from './answer-strip.tsx'
import { attack, neededToAttack } from './attack.ts'
import { attackRows } from './attack-report.ts'
import { AttackTable } from './attack-table.tsx'
import { PreparationList } from './preparation-list.tsx'
import { text } from './read-results.ts'
import { RemoveHostile } from './remove-hostile.tsx'
import { StepList } from './step-list.tsx'
import { useAttack } from './use-attack.ts'
import { usePreparations } from './use-preparations.ts'

/** The third act: code that is hostile on purpose, held before one's eyes, while another plugin goes on answering. */
export function AttackAct() {
  const queries = useQueryClient()
  const preparations = usePreparations(neededToAttack)
  const [state, change] = useAttack()
  const [states, setStates] = useState(false)
  const mustState = usePermissions()?.get('plugin.review')?.may !== false
  const { busy, steps, under, runs, answers, denial, fault } = state

  const start = async () => {
    if (preparations === undefined) return
    await attack(preparations, change)
    await queries.invalidateQueries()
  }
  const rows = attackRows({
    escape: runs.find(({ run }) => run.package === 'hostile-escape'),
    exhaust: new Map(
      runs
        .filter(({ run }) => run.package === 'hostile-exhaust')
        .map((detail) => [text(detail.input, 'way') ?? '', detail]),
    ),
    under,
  })
  const blocked = rows.filter((row) => row.state === 'blocked').length
  const through = rows.filter((row) => row.state === 'got through').length
  const why =
    preparations === undefined
      ? 'Asking what is installed.'
      : preparations.some(({ isOnShelf }) => !isOnShelf)
        ? 'What it needs is not on your shelf.'
        : mustState && !states && preparations.some(({ review }) => review)
          ? 'Somebody must state first that the code may run here.'
          : undefined
  const installed = (preparations ?? [])
    .filter(({ id, isInstalled }) => id.startsWith('hostile-') && isInstalled)
    .map(({ id }) => id)
  return (
    <ActCard
      id="act-attack"
      number={3}
      title="Attack it"
      lead="Two plugins that are hostile on purpose try to get at files, environment, network and processes, and to use up time and memory. They read and report, and harm nothing if they succeed. Another plugin is asked all the while."
    >
      {preparations === undefined ? (
        <Skeleton variant="rounded" height={72} />
      ) : (
        <PreparationList
          preparations={preparations}
          states={states}
          onState={setStates}
          statement={(names) =>
            `At this sandbox level code runs once somebody has read it. I state that ${names} may run here, hostile ones to see them held; my name stands beside it.`
          }
        />
      )}
      <Box>
        <AllowedButton
          operation="run.submit"
          variant="contained"
          color="error"
          why={why}
          loading={busy}
          onClick={() => void start()}
        >
          Attack this server
        </AllowedButton>
      </Box>
      <CommandLine
        command={[
          "npx switchboard plugin run hostile-escape --input '{}'",
          `npx switchboard plugin run hostile-exhaust --input '{ "way": "loop" }'`,
        ].join('\n')}
      />
      {steps.length === 0 ? null : <StepList label="Before the attack" steps={steps} />}
      {denial === undefined ? null : <DenialCard denial={denial} />}
      {fault === undefined ? null : <FaultNotice fault={fault} />}
      {runs.length === 0 && under === undefined ? null : (
        <>
          <Typography aria-live="polite" sx={{ fontWeight: 600 }}>
            {through > 0
              ? `${through} of ${rows.length} were not blocked.`
              : blocked === rows.length
                ? `All ${rows.length} were blocked.`
                : `${blocked} of ${rows.length} blocked so far.`}
          </Typography>
          <AnswerStrip answers={answers} />
          <AttackTable rows={rows} />
        </>
      )}
      <RemoveHostile installed={busy ? [] : installed} />
    </ActCard>
  )
}
