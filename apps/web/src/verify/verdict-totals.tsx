import { Box, Stack, Typography } from '@mui/material'
import type { Verdict } from '@switchboard/verifier/worker-client'
import { useState } from 'react'
import { Button } from '@mui/material'
import { money } from '../parts/format.ts'
import { Instant } from '../parts/instant.tsx'
import { RowsTable } from '../parts/rows-table.tsx'
import { StateChip } from '../parts/state-chip.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { VerdictSection } from './verdict-section.tsx'

type Summary = Extract<Verdict, { kind: 'receipt' }>['report']['summary']
type Deed = Summary['deeds'][number]

const shownAtFirst = 12

/** The figures that the receipts themselves add up to, and who did what, under which rule, at what cost. */
export function VerdictTotals({ summary }: { readonly summary: Summary }) {
  const [all, setAll] = useState(false)
  const levels = summary.sandboxLevels.filter((level) => level !== 'none').join(', ')
  const figures: readonly (readonly [string, string])[] = [
    ['Receipts', summary.receipts.toLocaleString('en')],
    ['Runs', summary.runs.toLocaleString('en')],
    ['Calls by their code', summary.calls.toLocaleString('en')],
    ['Found', summary.entities === undefined ? 'redacted' : summary.entities.toLocaleString('en')],
    ['Cost', money(summary.costMicros)],
    ['Sandbox', levels === '' ? 'no guest code' : levels],
    ['Redacted parts', summary.redactedParts.toLocaleString('en')],
  ]
  const deeds = all ? summary.deeds : summary.deeds.slice(0, shownAtFirst)
  return (
    <VerdictSection title="What the receipts add up to">
      <Stack spacing={2}>
        <Box
          component="dl"
          sx={{
            display: 'grid',
            gap: 1.5,
            m: 0,
            gridTemplateColumns: 'repeat(auto-fill, minmax(8.5rem, 1fr))',
          }}
        >
          {figures.map(([name, value]) => (
            <div key={name}>
              <Typography component="dt" variant="body2" color="textSecondary">
                {name}
              </Typography>
              <Typography component="dd" sx={{ m: 0, fontWeight: 650, fontVariantNumeric: 'tabular-nums' }}>
                {value}
              </Typography>
            </div>
          ))}
        </Box>
        {summary.firstAt === undefined || summary.lastAt === undefined ? null : (
          <Typography variant="body2" color="textSecondary">
            First receipt <Instant ms={summary.firstAt} />, last <Instant ms={summary.lastAt} />.
          </Typography>
        )}
        {deeds.length === 0 ? null : (
          <RowsTable
            caption="Who did what, under which rule, at what cost"
            rows={deeds.map((deed, at) => ({ deed, at }))}
            keyOf={({ at }) => String(at)}
            columns={[
              { head: 'Who', cell: ({ deed }) => <Who deed={deed} /> },
              { head: 'Did what', cell: ({ deed }) => <Did deed={deed} /> },
              { head: 'Decision', cell: ({ deed }) => <StateChip state={deed.decision} /> },
              { head: 'Under rule', cell: ({ deed }) => <Rules rules={deed.rules} /> },
              { head: 'Times', numeric: true, cell: ({ deed }) => deed.count.toLocaleString('en') },
              { head: 'Cost', numeric: true, cell: ({ deed }) => money(deed.costMicros) },
            ]}
          />
        )}
        {deeds.length < summary.deeds.length ? (
          <Button size="small" onClick={() => setAll(true)} sx={{ alignSelf: 'flex-start' }}>
            Show all {summary.deeds.length}
          </Button>
        ) : null}
      </Stack>
    </VerdictSection>
  )
}

function Who({ deed }: { readonly deed: Deed }) {
  return (
    <>
      <Given text={deed.name ?? deed.user} />
      {deed.via === undefined ? null : (
        <Typography variant="body2" color="textSecondary">
          through <UntrustedText text={deed.via} />
        </Typography>
      )}
    </>
  )
}

function Did({ deed }: { readonly deed: Deed }) {
  return (
    <>
      <Given text={deed.operation} />
      {[deed.package, deed.code].map((text) =>
        text === undefined ? null : (
          <Typography key={text} variant="body2" color="textSecondary">
            <UntrustedText text={text} />
          </Typography>
        ),
      )}
    </>
  )
}

function Rules({ rules }: { readonly rules: readonly string[] | undefined }) {
  if (rules === undefined) return <em>redacted</em>
  return rules.length === 0 ? 'no rule' : <UntrustedText text={rules.join(', ')} />
}

function Given({ text }: { readonly text: string | undefined }) {
  return text === undefined ? <em>redacted</em> : <UntrustedText text={text} />
}
