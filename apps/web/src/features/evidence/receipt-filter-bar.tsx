import { Alert, Box, Button, Stack } from '@mui/material'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { useSearchParams } from 'react-router'
import { ChoiceFilter, TextFilter } from '../../parts/url-filter.tsx'
import { InstantFilter } from './instant-filter.tsx'
import { decisions, phases } from './receipt-filters.ts'

const more = ['case', 'actor', 'run', 'trace', 'from', 'to', 'version'] as const
const all = ['operation', 'package', 'decision', 'phase', ...more] as const

/** What receipts are looked for; all of it is in the address, so that it can be sent to somebody. */
export function ReceiptFilterBar({ problems }: { readonly problems: readonly string[] }) {
  const [address, setAddress] = useSearchParams()
  const [opened, setOpened] = useState(false)
  const isOpen = opened || more.some((name) => address.has(name))
  const clear = () => {
    const rest = new URLSearchParams(address)
    for (const name of all) rest.delete(name)
    setAddress(rest)
  }
  return (
    <Stack spacing={1.5} component="search" aria-label="Receipts">
      <Row>
        <TextFilter name="operation" label="Operation" placeholder="plugin.run" />
        <TextFilter name="package" label="Package" />
        <ChoiceFilter name="decision" label="Decision" all="any" choices={choicesOf(decisions)} />
        <ChoiceFilter name="phase" label="Phase" all="any" choices={choicesOf(phases)} />
        {isOpen ? null : (
          <Button size="small" onClick={() => setOpened(true)}>
            More filters
          </Button>
        )}
        {all.some((name) => address.has(name)) ? (
          <Button size="small" color="inherit" onClick={clear}>
            Clear all filters
          </Button>
        ) : null}
      </Row>
      {isOpen ? (
        <Row>
          <TextFilter name="case" label="Case" placeholder="case_…" />
          <TextFilter name="actor" label="Person" placeholder="usr_…" />
          <TextFilter name="run" label="Run" placeholder="run_…" />
          <TextFilter name="trace" label="Trace" />
          <InstantFilter name="from" label="From" />
          <InstantFilter name="to" label="Until" />
        </Row>
      ) : null}
      {problems.length === 0 ? null : (
        <Alert severity="warning" variant="outlined">
          {problems.join(' ')} Left out of the search.
        </Alert>
      )}
    </Stack>
  )
}

function Row({ children }: { readonly children: ReactNode }) {
  return <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, alignItems: 'center' }}>{children}</Box>
}

function choicesOf(values: readonly string[]) {
  return values.map((value) => ({ value, label: value }))
}
