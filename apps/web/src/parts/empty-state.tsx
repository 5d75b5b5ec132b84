import { Box, Stack, Typography } from '@mui/material'
import type { ReactNode } from 'react'

/** Nothing here yet: what that means, and the button that does the next step. */
export function EmptyState({ says, next }: { readonly says: string; readonly next?: ReactNode }) {
  return (
    <Box sx={{ border: '1px dashed', borderColor: 'divider', borderRadius: 1, p: 4 }}>
      <Stack spacing={2} sx={{ alignItems: 'flex-start' }}>
        <Typography color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
          {says}
        </Typography>
        {next}
      </Stack>
    </Box>
  )
}
