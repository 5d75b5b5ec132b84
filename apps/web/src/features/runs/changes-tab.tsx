import { Box, Button, FormControlLabel, Stack, Switch, Typography } from '@mui/material'
import { useState } from 'react'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { count } from '../../parts/format.ts'
import { Section } from '../../parts/section.tsx'
import { ShowMore } from '../../parts/show-more.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { AcceptRows } from './accept-rows.tsx'
import { ChangeRow } from './change-row.tsx'
import { changeSummary } from './proposed.ts'
import type { Change } from './proposed.ts'
import { isActive } from './run-state.ts'
import type { Run } from './run-state.ts'

const pageRows = 100

/** What the run proposes for the graph, row by row, to be accepted into a case. */
export function ChangesTab({ run }: { readonly run: Run }) {
  const diff = useRead('run.diff', { id: run.id }, { when: run.state === 'succeeded' })
  if (run.state !== 'succeeded')
    return (
      <EmptyState
        says={
          isActive(run.state)
            ? 'What it proposes appears here when it ends.'
            : 'It ended without a result, so it proposes nothing.'
        }
      />
    )
  return (
    <Answered read={diff}>
      {({ rows }) =>
        rows.length === 0 ? (
          <EmptyState says="It proposes nothing for the graph: its result has no entities and no relations." />
        ) : (
          <Proposal run={run} rows={rows} />
        )
      }
    </Answered>
  )
}

function Proposal({ run, rows }: { readonly run: Run; readonly rows: readonly Change[] }) {
  const [only, setOnly] = useUrlState('only', 'changed')
  const [shown, setShown] = useState(pageRows)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(openOf(rows)))
  const open = openOf(rows)
  const visibleRows =
    only === 'all' ? rows : rows.filter(({ change, accepted }) => change !== 'same' || accepted)
  // Rows that were accepted meanwhile, here or in another tab, are chosen no more.
  const picked = open.filter((row) => chosen.has(row))
  const toggle = (row: string) => {
    const next = new Set(chosen)
    if (!next.delete(row)) next.add(row)
    setChosen(next)
  }
  return (
    <Stack spacing={3}>
      <AcceptRows run={run} picked={picked} isAll={picked.length === rows.length} />
      <Section id="proposed" title={`${count(rows.length, 'row')} proposed`}>
        <Typography color="textSecondary">{changeSummary(rows)}</Typography>
        <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
          <Button size="small" variant="outlined" onClick={() => setChosen(new Set(open))}>
            Choose all
          </Button>
          <Button size="small" variant="outlined" onClick={() => setChosen(new Set())}>
            Choose none
          </Button>
          <Button
            size="small"
            variant="outlined"
            onClick={() =>
              setChosen(
                new Set(
                  rows.filter(({ change, accepted }) => change !== 'same' && !accepted).map(({ row }) => row),
                ),
              )
            }
          >
            Choose what is new or changed
          </Button>
          <FormControlLabel
            control={
              <Switch
                size="small"
                checked={only === 'all'}
                onChange={(_event, checked) => setOnly(checked ? 'all' : 'changed')}
              />
            }
            label="Show what is the same already"
            sx={{ ml: 0.5 }}
          />
        </Stack>
        <Box component="ul" aria-label="Proposed rows" sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {visibleRows.slice(0, shown).map((row) => (
            <ChangeRow
              key={row.row}
              row={row}
              isChosen={chosen.has(row.row) && !row.accepted}
              onToggle={() => toggle(row.row)}
            />
          ))}
        </Box>
        {visibleRows.length === 0 ? (
          <EmptyState says="Everything it proposes is in the graph already." />
        ) : null}
        <ShowMore all={visibleRows.length} shown={shown} onMore={() => setShown(shown + pageRows)} />
      </Section>
    </Stack>
  )
}

/** Rows that can still be accepted. */
function openOf(rows: readonly Change[]): readonly string[] {
  return rows.filter(({ accepted }) => !accepted).map(({ row }) => row)
}
