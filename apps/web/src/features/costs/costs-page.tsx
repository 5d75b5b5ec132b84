import { Alert, Stack, Typography } from '@mui/material'
import { useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { refusalOf } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Page } from '../../parts/page.tsx'
import { ChoiceFilter } from '../../parts/url-filter.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { BudgetCard } from './budget-card.tsx'
import { monthChoices, monthSaid } from './cost-words.ts'
import type { By } from './cost-words.ts'
import { DearestRuns } from './dearest-runs.tsx'
import { UsageCard } from './usage-card.tsx'

const ways = [
  { value: 'user', label: 'person' },
  { value: 'organisation', label: 'nothing: all together' },
] as const

/** What a month's runs used and cost, of whom and by which plugin, and what is left of the budget. */
export function CostsPage() {
  const [askedMonth] = useUrlState('month')
  const [askedBy] = useUrlState('by')
  const months = monthChoices(Date.now(), askedMonth)
  const month = months.find(({ value }) => value === askedMonth)?.value
  const by: By = ways.find(({ value }) => value === askedBy)?.value ?? 'package'
  const mayRead = usePermissions()?.get('usage.read')
  const ofMonth = month === undefined ? {} : { month }
  const refreshMs = month === undefined ? 15_000 : undefined
  const usage = useRead(
    'usage.read',
    { ...ofMonth, by },
    {
      when: mayRead?.may === true,
      ...(refreshMs === undefined ? {} : { refreshMs }),
    },
  )
  const command = `npx switchboard usage --by ${by}${month === undefined ? '' : ` --month ${month}`}`
  return (
    <Page
      title="Costs"
      lead="Every run, call, row and millisecond of a plugin has a price, is reserved before it runs and booked after. µ is a millionth of the currency unit that your prices are in: 1,000,000 µ are one unit."
    >
      <Stack direction="row" spacing={2} useFlexGap sx={{ flexWrap: 'wrap' }}>
        <ChoiceFilter name="month" label="Month (UTC)" all="this month" choices={months} />
        <ChoiceFilter name="by" label="Split by" all="plugin" choices={ways} />
      </Stack>
      <BudgetCard month={month} />
      {mayRead?.may === false ? (
        <Alert severity="info" variant="outlined">
          Who used what is not shown to you. {refusalOf(mayRead.roles)}
        </Alert>
      ) : (
        <Answered read={usage}>
          {(value) =>
            value.rows.length === 0 ? (
              <EmptyState
                says={`Nothing was used in ${monthSaid(value.month)}. Costs appear here with the first run of a plugin.`}
              />
            ) : (
              <>
                <UsageCard rows={value.rows} by={by} month={value.month} />
                <DearestRuns month={value.month} />
              </>
            )
          }
        </Answered>
      )}
      {mayRead?.may === true ? (
        <Stack spacing={1}>
          <Typography variant="body2" color="textSecondary">
            The same by the command:
          </Typography>
          <CommandLine command={command} />
        </Stack>
      ) : null}
    </Page>
  )
}
