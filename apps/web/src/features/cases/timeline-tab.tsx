import { Box, Paper, Stack, Typography } from '@mui/material'
import { useRows } from '../../api/use-rows.ts'
import { AnsweredRows } from '../../parts/answered-rows.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { count } from '../../parts/format.ts'
import { Instant } from '../../parts/instant.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { ChoiceFilter } from '../../parts/url-filter.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { timelineKinds, timelineOf } from './timeline-kinds.ts'
import type { Receipt } from './timeline-kinds.ts'

/** Everything that was done to the case, newest first, as its receipts say it. */
export function TimelineTab({ caseId }: { readonly caseId: string }) {
  const receipts = useRows('receipt.list', { case: caseId, limit: 200 })
  const [kind] = useUrlState('kind')
  return (
    <Stack spacing={2}>
      <Box>
        <ChoiceFilter name="kind" label="Show" all="What people did" choices={timelineKinds} />
      </Box>
      <AnsweredRows read={receipts} empty={<EmptyState says="No receipt names this case." />}>
        {(rows) => <Entries caseId={caseId} shown={timelineOf(rows, kind)} read={rows.length} />}
      </AnsweredRows>
    </Stack>
  )
}

function Entries(props: {
  readonly caseId: string
  readonly shown: readonly Receipt[]
  readonly read: number
}) {
  const { caseId, shown, read } = props
  if (shown.length === 0)
    return <EmptyState says={`None of this kind among the newest ${count(read, 'receipt')} of the case.`} />
  return (
    <Box component="ol" aria-label="Timeline" sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {shown.map(({ id, at, sentence, decision }) => (
        <Paper
          key={id}
          component="li"
          variant="outlined"
          sx={{ p: 1.5, mb: 1, display: 'grid', gap: 1, gridTemplateColumns: { md: '11rem 1fr auto' } }}
        >
          <Typography variant="body2" color="textSecondary" component="div">
            <Instant ms={at} />
          </Typography>
          <Typography component="div" sx={{ minWidth: 0 }}>
            <UntrustedText
              text={sentence
                .replace(` on case ${caseId}`, '')
                .replace(`case ${caseId}`, 'this case')
                .replace(caseId, 'this case')}
            />
          </Typography>
          <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'flex-start' }}>
            <StateChip state={decision} />
            <ReceiptChip id={id} />
          </Stack>
        </Paper>
      ))}
    </Box>
  )
}
