import { Box } from '@mui/material'
import { instant } from './format.ts'

/** A moment in UTC, to the second; the title says it in the reader's own time. */
export function Instant({ ms }: { readonly ms: number }) {
  return (
    <Box
      component="time"
      dateTime={new Date(ms).toISOString()}
      title={new Date(ms).toLocaleString()}
      sx={{ whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}
    >
      {instant(ms)}
    </Box>
  )
}
