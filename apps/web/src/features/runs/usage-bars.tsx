import { Box, LinearProgress, Typography } from '@mui/material'
import { useId } from 'react'
import { bytes, duration } from '../../parts/format.ts'
import { Section } from '../../parts/section.tsx'
import type { RunBudgets } from './run-cost.ts'
import type { RunDetail } from './run-state.ts'

type Usage = NonNullable<RunDetail['usage']>
const mebibyte = 1024 * 1024

/** What a run used of what it may: as bars, each with its numbers in words. */
export function UsageBars({
  usage,
  budgets,
}: {
  readonly usage: Usage
  readonly budgets: RunBudgets | null
}) {
  const plain = (n: number): string => n.toLocaleString('en')
  const rows: readonly (readonly [string, number, number | undefined, (n: number) => string])[] = [
    ['Time', usage.wallMicros, scaled(budgets?.wallMs, 1_000), duration],
    ['CPU', usage.cpuMicros, scaled(budgets?.cpuMs, 1_000), duration],
    ['Memory', usage.memoryBytes, scaled(budgets?.memoryMB, mebibyte), bytes],
    ['Calls', usage.calls, budgets?.calls, plain],
    ['Rows', usage.rows, budgets?.rows, plain],
    ['Result', usage.outputBytes, budgets?.outputBytes, bytes],
  ]
  return (
    <Section id="usage" title="What it used">
      <Box
        sx={{
          display: 'grid',
          gap: 2,
          gridTemplateColumns: { xs: '1fr', sm: '1fr 1fr', md: '1fr 1fr 1fr' },
        }}
      >
        {rows.map(([name, used, allowed, write]) => (
          <UsageBar key={name} name={name} used={used} allowed={allowed} write={write} />
        ))}
      </Box>
      {budgets === null ? (
        <Typography variant="body2" color="textSecondary" sx={{ mt: 1.5 }}>
          This version is not in the catalogue any more, so what it was allowed is not known here; its receipt
          still says what it used.
        </Typography>
      ) : null}
    </Section>
  )
}

function UsageBar(props: {
  readonly name: string
  readonly used: number
  readonly allowed: number | undefined
  readonly write: (n: number) => string
}) {
  const { name, used, allowed, write } = props
  const id = useId()
  const share = allowed === undefined ? undefined : allowed === 0 ? 100 : (used / allowed) * 100
  return (
    <Box>
      <Typography id={id} variant="body2" sx={{ mb: 0.5 }}>
        <strong>{name}</strong> {write(used)}
        {allowed === undefined ? '' : ` of ${write(allowed)}`}
        {share !== undefined && share > 100 ? ' – more than it may' : ''}
      </Typography>
      {share === undefined ? null : (
        <LinearProgress
          variant="determinate"
          value={Math.min(100, share)}
          color={share > 100 ? 'error' : share > 80 ? 'warning' : 'primary'}
          aria-labelledby={id}
          sx={{ height: 8, borderRadius: 1 }}
        />
      )}
    </Box>
  )
}

function scaled(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value * by
}
