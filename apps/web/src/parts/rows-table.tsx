import {
  Box,
  Paper,
  Table,
  TableBody,
  TableCell,
  TableContainer,
  TableHead,
  TableRow,
  Typography,
} from '@mui/material'
import type { ReactNode } from 'react'

export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => ReactNode
  /** Figures stand under each other. */
  readonly numeric?: boolean
}

/**
 * Rows as a table; on a narrow screen each row becomes a card with the heads beside its cells, so nothing scrolls sideways.
 * The first column names the row, and holds its link where it has one.
 */
export function RowsTable<Row>(props: {
  /** Said to screen readers: what these rows are. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly isSelected?: (row: Row) => boolean
}) {
  const { caption, columns, rows, keyOf, isSelected } = props
  return (
    <>
      <TableContainer
        component={Paper}
        variant="outlined"
        sx={{ display: { xs: 'none', md: 'block' } }}
        tabIndex={0}
        role="region"
        aria-label={caption}
      >
        <Table size="small">
          <Box
            component="caption"
            sx={{
              position: 'absolute',
              // In pixels: a plain 1 is the whole width.
              width: '1px',
              height: '1px',
              overflow: 'hidden',
              clipPath: 'inset(50%)',
              p: 0,
            }}
          >
            {caption}
          </Box>
          <TableHead>
            <TableRow>
              {columns.map(({ head, numeric }) => (
                <TableCell key={head} align={numeric === true ? 'right' : 'left'}>
                  {head}
                </TableCell>
              ))}
            </TableRow>
          </TableHead>
          <TableBody>
            {rows.map((row) => (
              <TableRow key={keyOf(row)} hover selected={isSelected?.(row) === true}>
                {columns.map(({ head, cell, numeric }, place) => (
                  <TableCell
                    key={head}
                    {...(place === 0 ? { component: 'th', scope: 'row' } : {})}
                    align={numeric === true ? 'right' : 'left'}
                    sx={{
                      overflowWrap: 'anywhere',
                      ...(numeric === true
                        ? { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }
                        : {}),
                    }}
                  >
                    {cell(row)}
                  </TableCell>
                ))}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </TableContainer>
      <Box
        component="ul"
        aria-label={caption}
        sx={{ display: { xs: 'block', md: 'none' }, listStyle: 'none', m: 0, p: 0 }}
      >
        {rows.map((row) => (
          <Paper
            key={keyOf(row)}
            component="li"
            variant="outlined"
            sx={{ p: 1.5, mb: 1, ...(isSelected?.(row) === true ? { bgcolor: 'action.selected' } : {}) }}
          >
            <Box
              component="dl"
              sx={{
                display: 'grid',
                gridTemplateColumns: 'minmax(5rem, auto) 1fr',
                columnGap: 2,
                rowGap: 0.5,
                m: 0,
              }}
            >
              {columns.map(({ head, cell }) => (
                <Box key={head} sx={{ display: 'contents' }}>
                  <Typography component="dt" variant="body2" color="textSecondary">
                    {head}
                  </Typography>
                  <Box
                    component="dd"
                    sx={{ m: 0, minWidth: 0, overflowWrap: 'anywhere', typography: 'body2' }}
                  >
                    {cell(row)}
                  </Box>
                </Box>
              ))}
            </Box>
          </Paper>
        ))}
      </Box>
    </>
  )
}
