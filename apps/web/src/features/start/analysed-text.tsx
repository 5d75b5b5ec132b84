import { Box, Button, Stack, Typography } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { Link, useSearchParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { count } from '../../parts/format.ts'
import { RowsTable } from '../../parts/rows-table.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { AcceptRuns } from './accept-runs.tsx'
import type { Analysed } from './analyse.ts'
import { IndicatorDetail } from './indicator-detail.tsx'
import { markText } from './mark-text.ts'
import { MarkedText } from './marked-text.tsx'
import { addressIn, readContext, readIndicators } from './read-results.ts'
import type { Indicator, ReadContext } from './read-results.ts'

type Case = OutputOf<OperationByName<'case.read'>>

/** What came of a text, as the server has it: the note, the run that read it, the run that looked its addresses up. */
export function AnalysedText({ case: caseId, run, context }: Partial<Analysed>) {
  const opened = useRead('case.read', { id: caseId ?? '' }, { when: caseId !== undefined })
  const triage = useRead('run.detail', { id: run ?? '' }, { when: run !== undefined })
  const looked = useRead('run.detail', { id: context ?? '' }, { when: context !== undefined })
  if (caseId === undefined || run === undefined) return null
  return (
    <Answered read={opened}>
      {(found) => (
        <Answered read={triage}>
          {({ result, run: ran }) => (
            <>
              <Findings
                opened={found}
                indicators={readIndicators(result)}
                context={looked.data?.ok === true ? readContext(looked.data.value.result) : undefined}
              />
              <AcceptRuns
                case={caseId}
                // An address may name runs of another case.
                runs={[ran, looked.data?.ok === true ? looked.data.value.run : undefined].flatMap((each) =>
                  each?.case === caseId ? [each.id] : [],
                )}
              />
              <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
                <Button component={Link} to={`/cases/${caseId}`}>
                  Open the case
                </Button>
                <Button component={Link} to={`/runs/${run}`}>
                  Open the run of ioc-triage
                </Button>
                {context === undefined ? null : (
                  <Button component={Link} to={`/runs/${context}`}>
                    Open the run of ip-asn-context
                  </Button>
                )}
              </Stack>
            </>
          )}
        </Answered>
      )}
    </Answered>
  )
}

function Findings(props: {
  readonly opened: Case
  readonly indicators: readonly Indicator[]
  readonly context: ReadContext | undefined
}) {
  const { opened, indicators, context } = props
  const [params, setParams] = useSearchParams()
  const note = opened.notes[0]
  const stretches = note === undefined ? [] : markText(note.text, indicators, note.id)
  const marks = stretches.flatMap((stretch) => (stretch.kind === 'mark' ? [stretch] : []))
  const at = params.get('at')
  // Until somebody chooses: the first of which more is known than the text says.
  const chosen =
    marks.find(({ start }) => String(start) === at) ??
    marks.find((mark) => mark.indicators.some((each) => isLookedUp(indicators[each], context))) ??
    marks[0]
  const choose = (start: number) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before)
        after.set('at', String(start))
        return after
      },
      // Looking from mark to mark is no step back each.
      { replace: true, preventScrollReset: true },
    )
  if (marks.length === 0)
    return (
      <Typography>
        No indicator was found in this text. Addresses, domains, URLs, digests, CVE numbers and the like are
        read, defanged ones too.
      </Typography>
    )
  return (
    <Stack spacing={2}>
      <Typography variant="h3">{count(indicators.length, 'indicator')} in your text</Typography>
      <Box
        sx={{
          display: 'grid',
          gap: 2,
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 3fr) minmax(0, 2fr)' },
        }}
      >
        <MarkedText stretches={stretches} indicators={indicators} chosen={chosen?.start} onChoose={choose} />
        <Box role="region" aria-label="The chosen indicator" aria-live="polite">
          <Stack spacing={2}>
            {chosen?.indicators.map((each) => {
              const indicator = indicators[each]
              return indicator === undefined ? null : (
                <IndicatorDetail key={each} indicator={indicator} context={context} />
              )
            })}
          </Stack>
        </Box>
      </Box>
      <Box component="details">
        <Box component="summary" sx={{ cursor: 'pointer', py: 0.5 }}>
          The same as a list
        </Box>
        <RowsTable
          caption="Indicators of your text"
          rows={indicators}
          keyOf={({ kind, value }) => `${kind} ${value}`}
          columns={[
            { head: 'Indicator', cell: ({ value }) => <UntrustedText text={value} most={200} /> },
            { head: 'Kind', cell: ({ kind }) => visible(kind) },
            { head: 'Flags', cell: ({ flags }) => flags.map(visible).join(', ') },
            { head: 'Context', cell: (indicator) => <UntrustedText text={inShort(indicator, context)} /> },
          ]}
        />
      </Box>
    </Stack>
  )
}

function isLookedUp(indicator: Indicator | undefined, context: ReadContext | undefined): boolean {
  const address = indicator === undefined ? undefined : addressIn(indicator)
  return address !== undefined && context?.found.has(address) === true
}

function inShort(indicator: Indicator, context: ReadContext | undefined): string {
  const address = addressIn(indicator)
  const known = address === undefined ? undefined : context?.found.get(address)
  if (known === undefined) return ''
  const system = known.asn === undefined ? '' : `AS${known.asn} ${known.organisation ?? ''}`
  return [system, known.country ?? ''].filter((each) => each !== '').join(', ')
}
