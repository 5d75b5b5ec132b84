import { Alert, Box, LinearProgress, Stack, Typography } from '@mui/material'
import { Link as PageLink } from 'react-router'
import { Link } from '@mui/material'
import type { ReactNode } from 'react'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { bytes, count, duration, money } from '../../parts/format.ts'
import { Section } from '../../parts/section.tsx'
import { mostMicros, usualCost } from './run-cost.ts'
import type { RunBudgets } from './run-cost.ts'

/** What a run may cost at most, against what is left, and what it usually costs: before it is run. */
export function CostPreview({ plugin, budgets }: { readonly plugin: string; readonly budgets: RunBudgets }) {
  const budget = useRead('budget.read', {})
  const past = useRead('run.list', { package: plugin, limit: 100 })
  const usual = past.data?.ok === true ? usualCost(past.data.value.rows) : undefined
  return (
    <Section id="cost-preview" title="What it may cost">
      <Answered read={budget}>
        {({ prices, leftMicros, limitMicros, month }) => {
          const most = mostMicros(budgets, prices)
          const left = BigInt(leftMicros)
          const share = left <= 0n ? 100 : Math.min(100, Number((most * 100n) / left))
          return (
            <Stack spacing={1.5}>
              <Facts>
                <Fact name="At most" value={<strong>{money(most)}</strong>} />
                <Fact name={`Left in ${month}`} value={`${money(leftMicros)} of ${money(limitMicros)}`} />
                <Fact
                  name="Usually"
                  value={
                    usual === undefined
                      ? 'not known yet: it has not been run here'
                      : `${money(usual.p50Micros)}; 95 of 100 runs up to ${money(usual.p95Micros)}`
                  }
                />
                {usual === undefined ? null : (
                  <Fact
                    name="Takes"
                    value={`${duration(usual.p50WallMs * 1_000)}; up to ${duration(usual.p95WallMs * 1_000)}, by the last ${count(usual.runs, 'run')}`}
                  />
                )}
              </Facts>
              <Box>
                <LinearProgress
                  variant="determinate"
                  value={share}
                  color={most > left ? 'error' : 'primary'}
                  aria-label="The most it may cost, of what is left"
                  sx={{ height: 8, borderRadius: 1 }}
                />
                <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5 }}>
                  {share} % of what is left is set aside while it runs; what it does not use comes back.
                </Typography>
              </Box>
              {most > left ? (
                <Alert severity="warning" variant="outlined">
                  This is more than is left: the server will refuse it.{' '}
                  <Link component={PageLink} to="/costs">
                    See the budget
                  </Link>
                </Alert>
              ) : null}
              <Typography variant="body2" color="textSecondary">
                It is stopped at {duration(budgets.wallMs * 1_000)}, {duration(budgets.cpuMs * 1_000)} of CPU,{' '}
                {budgets.memoryMB} MB, {count(budgets.calls, 'call')}, {count(budgets.rows, 'row')} and{' '}
                {bytes(budgets.outputBytes)} of result.
              </Typography>
            </Stack>
          )
        }}
      </Answered>
    </Section>
  )
}

function Facts({ children }: { readonly children: ReactNode }) {
  return (
    <Box
      component="dl"
      sx={{ display: 'grid', gridTemplateColumns: 'auto 1fr', columnGap: 2, rowGap: 0.5, m: 0 }}
    >
      {children}
    </Box>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: ReactNode }) {
  return (
    <>
      <Typography component="dt" color="textSecondary">
        {name}
      </Typography>
      <Typography component="dd" sx={{ m: 0 }}>
        {value}
      </Typography>
    </>
  )
}
