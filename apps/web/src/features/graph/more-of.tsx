import { Box, Button } from '@mui/material'
import { useState } from 'react'
import type { ReactNode } from 'react'

/** The first rows of a list, and a button for the rest. */
export function MoreOf<Row>(props: {
  readonly rows: readonly Row[]
  readonly most: number
  readonly keyOf: (row: Row) => string
  readonly children: (row: Row) => ReactNode
}) {
  const { rows, most, keyOf, children } = props
  const [wanted, setWanted] = useState(false)
  const shown = wanted ? rows : rows.slice(0, most)
  return (
    <>
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
        {shown.map((row) => (
          <Box component="li" key={keyOf(row)} sx={{ py: 0.25, overflowWrap: 'anywhere' }}>
            {children(row)}
          </Box>
        ))}
      </Box>
      {shown.length < rows.length ? (
        <Button size="small" onClick={() => setWanted(true)}>
          Show all {rows.length}
        </Button>
      ) : null}
    </>
  )
}
