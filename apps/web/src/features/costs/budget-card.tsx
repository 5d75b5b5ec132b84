import { Box, Stack, Typography } from '@mui/material'
import { useState } from 'react'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { money } from '../../parts/format.ts'
import { RowsTable } from '../../parts/rows-table.tsx'
import { Section } from '../../parts/section.tsx'
import { LabelledBar } from './labelled-bar.tsx'
import { inUnits, monthSaid, shareSaid } from './cost-words.ts'
import type { Budget } from './cost-words.ts'
import { SetBudgetDialog } from './set-budget-dialog.tsx'

const prices = [
  ['run', 'each run that begins'],
  ['call', 'each call that a plugin makes'],
  ['row', 'each row that it is given'],
  ['cpuMs', 'each begun millisecond of its CPU time'],
] as const

/** The budget of a month: as a bar, and the same as a table. */
export function BudgetCard({ month }: { readonly month: string | undefined }) {
  const budget = useRead('budget.read', month === undefined ? {} : { month }, { refreshMs: 15_000 })
  const [isSetting, setSetting] = useState(false)
  return (
    <Section
      id="budget"
      title={budget.data?.ok === true ? `Budget of ${monthSaid(budget.data.value.month)}` : 'Budget'}
      actions={
        month === undefined ? (
          <AllowedButton
            operation="budget.set"
            variant="outlined"
            size="small"
            onClick={() => setSetting(true)}
          >
            Set the monthly limit
          </AllowedButton>
        ) : null
      }
    >
      <Answered read={budget}>
        {(value) => (
          <Stack spacing={2}>
            <LabelledBar
              label={`Of ${money(value.limitMicros)}: ${money(value.spentMicros)} spent, ${money(value.reservedMicros)} reserved, ${money(value.leftMicros)} left`}
              whole={value.limitMicros}
              parts={[
                { name: 'spent', micros: value.spentMicros, look: 'solid' },
                { name: 'reserved', micros: value.reservedMicros, look: 'striped' },
              ]}
            />
            <BudgetTable budget={value} />
            <Box component="details">
              <Typography component="summary" sx={{ cursor: 'pointer' }}>
                Prices
              </Typography>
              <Box component="ul" sx={{ m: 0, mt: 1, pl: 2.5, typography: 'body2' }}>
                {prices.map(([unit, says]) => (
                  <li key={unit}>
                    {money(value.prices[unit] ?? '0')} for {says}
                  </li>
                ))}
              </Box>
            </Box>
            {isSetting ? <SetBudgetDialog budget={value} onClose={() => setSetting(false)} /> : null}
          </Stack>
        )}
      </Answered>
    </Section>
  )
}

function BudgetTable({ budget }: { readonly budget: Budget }) {
  const rows = [
    { name: 'Limit', micros: budget.limitMicros, says: 'what the month may cost in all' },
    { name: 'Spent', micros: budget.spentMicros, says: 'booked, by what was really used' },
    {
      name: 'Reserved',
      micros: budget.reservedMicros,
      says: 'set aside for runs under way; the rest returns',
    },
    { name: 'Left', micros: budget.leftMicros, says: 'what new runs may still reserve' },
  ]
  return (
    <RowsTable
      caption={`Budget of ${monthSaid(budget.month)}`}
      rows={rows}
      keyOf={({ name }) => name}
      columns={[
        { head: 'Part', cell: ({ name }) => name },
        { head: 'Amount', numeric: true, cell: ({ micros }) => money(micros) },
        { head: 'In units', numeric: true, cell: ({ micros }) => inUnits(micros) },
        { head: 'Of the limit', numeric: true, cell: ({ micros }) => shareSaid(micros, budget.limitMicros) },
        { head: 'What it is', cell: ({ says }) => says },
      ]}
    />
  )
}
