import { Alert, Box, Button, Stack, TextField, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { count } from '../../parts/format.ts'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { AnswerRows } from './answer-rows.tsx'

type Answer = OutputOf<OperationByName<'graph.ask'>>
const longestQuestion = 500

/** A question in plain English: first the query that it becomes and what that would read, then, when wanted, its answer. */
export function AskGraph() {
  const [params, setParams] = useSearchParams()
  const question = params.get('ask') ?? ''
  // A link alone reads nothing: whoever sent it would choose what is asked in this person's name.
  const [isTheirs, setTheirs] = useState(() => navigator.userActivation.hasBeenActive)
  const wantsRows = params.get('run') === 'yes' && isTheirs
  const [typed, setTyped] = useState(question)
  // Back and forward change the address, and the field follows.
  useEffect(() => setTyped(question), [question])
  const set = (asked: string, run: boolean) =>
    setParams((before) => {
      const after = new URLSearchParams(before)
      after.delete('run')
      if (asked === '') after.delete('ask')
      else after.set('ask', asked)
      if (run) after.set('run', 'yes')
      return after
    })
  return (
    <Section id="ask" title="Ask in plain English">
      <Stack
        component="form"
        direction={{ xs: 'column', sm: 'row' }}
        spacing={1}
        sx={{ alignItems: { xs: 'flex-start', sm: 'flex-start' } }}
        onSubmit={(event) => {
          event.preventDefault()
          if (typed.trim() !== '') set(typed.trim(), false)
        }}
      >
        <TextField
          size="small"
          fullWidth
          label="Question"
          placeholder="which autonomous systems announce 192.0.2.1"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          slotProps={{ htmlInput: { maxLength: longestQuestion } }}
        />
        <Box sx={{ flexShrink: 0 }}>
          <AllowedButton operation="graph.ask" variant="contained" submits disabled={typed.trim() === ''}>
            Show the query
          </AllowedButton>
        </Box>
      </Stack>
      <Box aria-live="polite">
        {question === '' ? (
          <Typography variant="body2" color="textSecondary">
            You see the query and what it would read before anything is read. It only ever reads.
          </Typography>
        ) : (
          <Asked
            question={question}
            wantsRows={wantsRows}
            onRun={() => {
              setTheirs(true)
              set(question, true)
            }}
            onAsk={(other) => set(other, false)}
          />
        )}
      </Box>
    </Section>
  )
}

function Asked(props: {
  readonly question: string
  readonly wantsRows: boolean
  readonly onRun: () => void
  readonly onAsk: (question: string) => void
}) {
  const { question, wantsRows, onRun, onAsk } = props
  const query = useRead('graph.ask', { question })
  const answer = useRead('graph.ask', { question, run: true }, { when: wantsRows })
  return (
    <Stack spacing={2}>
      <Answered read={query}>
        {(value) => (
          <Stack spacing={1} sx={{ alignItems: 'flex-start' }}>
            <Typography variant="h3">The query</Typography>
            <Box
              component="pre"
              tabIndex={0}
              aria-label="Cypher query"
              sx={{
                m: 0,
                p: 1.5,
                bgcolor: 'action.hover',
                borderRadius: 1,
                overflow: 'auto',
                maxWidth: '100%',
                width: '100%',
              }}
            >
              <UntrustedText text={value.query} />
            </Box>
            <Typography>
              <UntrustedText text={value.explanation} />
            </Typography>
            <Typography variant="body2" color="textSecondary">
              {costOf(value)}
            </Typography>
            {wantsRows ? null : (
              <Button variant="contained" onClick={onRun}>
                Run this query
              </Button>
            )}
          </Stack>
        )}
      </Answered>
      <Nearest denial={query.data?.ok === false ? query.data.denial.params : undefined} onAsk={onAsk} />
      {wantsRows && query.data?.ok === true ? (
        <Answered read={answer}>
          {(value) => (
            <Stack spacing={1}>
              <Typography variant="h3">The answer</Typography>
              {value.cut ? (
                <Alert severity="info" variant="outlined">
                  There is more than was looked at: this is part of the answer.
                </Alert>
              ) : null}
              <AnswerRows rows={value.rows} />
            </Stack>
          )}
        </Answered>
      ) : null}
    </Stack>
  )
}

function costOf({ cost }: Answer): string {
  return `It would read at most ${count(cost.readsAtMost, 'row')} and answer with at most ${cost.rowsAtMost.toLocaleString('en')}.`
}

/** Questions that would be understood, as a refusal names them: one press asks one of them. */
function Nearest(props: {
  readonly denial: Readonly<Record<string, unknown>> | undefined
  readonly onAsk: (question: string) => void
}) {
  const nearest = props.denial?.['nearest']
  const questions = Array.isArray(nearest) ? nearest.filter((each) => typeof each === 'string') : []
  if (questions.length === 0) return null
  return (
    <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
      {questions.map((each) => (
        <Button key={each} size="small" variant="outlined" onClick={() => props.onAsk(each)}>
          <UntrustedText text={each} most={120} />
        </Button>
      ))}
    </Stack>
  )
}
