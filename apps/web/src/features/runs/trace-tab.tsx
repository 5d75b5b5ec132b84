import { Stack, ToggleButton, ToggleButtonGroup } from '@mui/material'
import { useRead } from '../../api/use-read.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { count } from '../../parts/format.ts'
import { JsonView } from '../../parts/json-view.tsx'
import { Section } from '../../parts/section.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { isActive } from './run-state.ts'
import type { RunDetail } from './run-state.ts'
import { SpanTable } from './span-table.tsx'
import { UsageBars } from './usage-bars.tsx'
import { Waterfall } from './waterfall.tsx'

/** The calls of a run, as bars or as a table, and what it used of what it may. */
export function TraceTab({ detail }: { readonly detail: RunDetail }) {
  const { run, spans, usage, input } = detail
  const [as, setAs] = useUrlState('as', 'bars')
  const plugin = useRead('plugin.detail', { id: run.package, version: run.version })
  const budgets = plugin.data?.ok === true ? plugin.data.value.runBudgets : null
  return (
    <Stack spacing={3}>
      <Section
        id="calls"
        title={spans.length === 0 ? 'Calls' : `${count(spans.length, 'call')} through the gate`}
        actions={
          spans.length === 0 ? null : (
            <ToggleButtonGroup
              size="small"
              exclusive
              value={as === 'table' ? 'table' : 'bars'}
              onChange={(_event, chosen: string | null) => setAs(chosen ?? 'bars')}
              aria-label="Show the calls as"
            >
              <ToggleButton value="bars">Bars</ToggleButton>
              <ToggleButton value="table">Table</ToggleButton>
            </ToggleButtonGroup>
          )
        }
      >
        {spans.length === 0 ? (
          <EmptyState
            says={
              isActive(run.state)
                ? 'It has asked for nothing yet. Each call appears here as it is made.'
                : 'It asked for nothing: all it had was its input.'
            }
          />
        ) : as === 'table' ? (
          <SpanTable run={run} spans={spans} />
        ) : (
          <Waterfall run={run} spans={spans} />
        )}
      </Section>
      {usage === null ? null : <UsageBars usage={usage} budgets={budgets} />}
      <Section id="input" title="What it was given">
        <JsonView value={input} />
      </Section>
    </Stack>
  )
}
