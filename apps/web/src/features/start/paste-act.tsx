import { Box, Button, Skeleton, Stack, TextField, Typography } from '@mui/material'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { usePermissions } from '../../app/use-permissions.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { instant } from '../../parts/format.ts'
import { ActCard } from './act-card.tsx'
import { analyse, neededToAnalyse } from './analyse.ts'
import { AnalysedText } from './analysed-text.tsx'
import { examples } from './examples.ts'
import { PreparationList } from './preparation-list.tsx'
import { StepList } from './step-list.tsx'
import type { Step } from './steps.ts'
import { useAnalysed } from './use-analysed.ts'
import { useKept } from './use-kept.ts'
import { usePreparations } from './use-preparations.ts'

const mostCharacters = 200_000
const nothing: { readonly steps: readonly Step[]; readonly busy: boolean } = { steps: [], busy: false }

/** The second act: somebody's own text, read by a plugin in the sandbox, and looked up without asking anybody. */
export function PasteAct() {
  const queries = useQueryClient()
  const [text, changeText] = useKept('text', '')
  const [work, changeWork] = useKept('analysing', nothing)
  const [states, setStates] = useState(false)
  const [analysed, show] = useAnalysed()
  const preparations = usePreparations(neededToAnalyse)

  const start = async () => {
    if (preparations === undefined) return
    changeWork(() => ({ steps: [], busy: true }))
    try {
      const done = await analyse({
        text,
        title: `Pasted text of ${instant(Date.now())}`,
        preparations,
        tell: (steps) => changeWork((before) => ({ ...before, steps })),
      })
      if (done !== undefined) show(done)
    } finally {
      changeWork((before) => ({ ...before, busy: false }))
      await queries.invalidateQueries()
    }
  }
  // Who may not state it presses all the same: the refusal says whom to ask.
  const mustState = usePermissions()?.get('plugin.review')?.may !== false
  const why = reasonNot({ text, preparations, states: states || !mustState })
  return (
    <ActCard
      id="act-paste"
      number={2}
      title="Paste your own text"
      lead="A mail, a log, a report: indicators are found in it, defanged ones too, each at the place it was read at. What is known of addresses comes out of tables on this server; nobody outside learns what you look at."
    >
      <TextField
        label="Text to read"
        value={text}
        onChange={({ target }) => changeText(() => target.value)}
        multiline
        minRows={4}
        maxRows={14}
        fullWidth
        slotProps={{ htmlInput: { spellCheck: false, maxLength: mostCharacters } }}
      />
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
        {examples.map((example) => (
          <Button
            key={example.label}
            size="small"
            variant="outlined"
            onClick={() => changeText(() => example.text)}
          >
            {example.label}
          </Button>
        ))}
      </Stack>
      {preparations === undefined ? (
        <Skeleton variant="rounded" height={72} />
      ) : (
        <PreparationList
          preparations={preparations}
          states={states}
          onState={setStates}
          statement={(names) =>
            `At this sandbox level code runs once somebody has read it. I state that ${names} may run here; my name stands beside it.`
          }
        />
      )}
      <Box>
        <AllowedButton
          operation="case.create"
          variant="contained"
          why={why}
          loading={work.busy}
          onClick={() => void start()}
        >
          Analyse the text
        </AllowedButton>
        <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5 }}>
          It opens a case marked TLP:GREEN with your text as a note. Plugins write nothing by themselves.
        </Typography>
      </Box>
      <CommandLine
        command={[
          'npx switchboard case create "Pasted text" --tlp GREEN --note @TEXT.txt',
          `npx switchboard plugin run ioc-triage --case ${analysed.case ?? 'CASE'}`,
          `npx switchboard plugin run ip-asn-context --case ${analysed.case ?? 'CASE'}`,
        ].join('\n')}
      />
      {work.steps.length === 0 ? null : <StepList label="Analysing your text" steps={work.steps} />}
      <AnalysedText {...analysed} />
    </ActCard>
  )
}

function reasonNot(about: {
  readonly text: string
  readonly preparations: ReturnType<typeof usePreparations>
  readonly states: boolean
}): string | undefined {
  const { text, preparations, states } = about
  if (text.trim() === '') return 'Paste a text first, or fill in an example.'
  if (preparations === undefined) return 'Asking what is installed.'
  if (preparations.some(({ isOnShelf }) => !isOnShelf)) return 'What it needs is not on your shelf.'
  if (!states && preparations.some(({ review }) => review))
    return 'Somebody must state first that the code may run here.'
  return undefined
}
