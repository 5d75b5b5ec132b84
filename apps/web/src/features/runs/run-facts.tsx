import { Box, Card, CardContent, Link, Stack, Typography } from '@mui/material'
import type { ReactNode } from 'react'
import { Link as PageLink } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { useMay } from '../../app/use-permissions.ts'
import { duration, money } from '../../parts/format.ts'
import { Instant } from '../../parts/instant.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { Run } from './run-state.ts'

/** Where the run stands, what it is, who asked for it, on what, when, at which level, and what it cost. */
export function RunFacts({ run }: { readonly run: Run }) {
  return (
    <Card component="section" aria-label="Facts">
      <CardContent>
        <Box
          component="dl"
          sx={{
            m: 0,
            display: 'grid',
            gridTemplateColumns: {
              xs: '1fr 1fr',
              sm: 'repeat(auto-fill, minmax(190px, 1fr))',
            },
            '& time': { whiteSpace: { xs: 'normal', sm: 'nowrap' } },
            gap: 2,
          }}
        >
          <Fact name="State">
            {/* Said aloud when the run ends while the page is open. */}
            <span role="status">
              <StateChip state={run.state} />
            </span>
          </Fact>
          <Fact name="Plugin">
            <Link component={PageLink} to={`/plugins/${run.package}?version=${run.version}`}>
              {run.package}
            </Link>{' '}
            {run.version}
          </Fact>
          <Fact name="Asked for by">
            <UntrustedText text={run.requestedBy} most={80} />
          </Fact>
          <Fact name="Case">{run.case === null ? 'none' : <CaseLink id={run.case} />}</Fact>
          <Fact name="Sandbox level">{run.level === 'none' ? 'known when it ends' : run.level}</Fact>
          <Fact name="Started">
            <Instant ms={run.startedAt} />
          </Fact>
          <Fact name="Took">
            {run.endedAt === null ? '–' : duration(Math.max(0, run.endedAt - run.startedAt) * 1_000)}
          </Fact>
          <Fact name="Cost">{money(run.costMicros)}</Fact>
          <Fact name="Receipt">
            {run.receiptId === null ? 'when it ends' : <ReceiptChip id={run.receiptId} />}
          </Fact>
        </Box>
      </CardContent>
    </Card>
  )
}

/** By its title, where that may be read and the case is among the newest. */
function CaseLink({ id }: { readonly id: string }) {
  const cases = useRead('case.list', { limit: 200 }, { when: useMay('case.list') })
  const found = cases.data?.ok === true ? cases.data.value.rows.find((one) => one.id === id) : undefined
  return (
    <Link component={PageLink} to={`/cases/${id}`}>
      <UntrustedText text={found?.title ?? `…${id.slice(-8)}`} most={60} />
    </Link>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Stack sx={{ minWidth: 0 }}>
      <Typography component="dt" variant="body2" color="textSecondary">
        {name}
      </Typography>
      <Typography component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }}>
        {children}
      </Typography>
    </Stack>
  )
}
