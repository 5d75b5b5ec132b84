import { Box, Card, CardContent, Stack, Typography } from '@mui/material'
import type { ReactNode } from 'react'

/** One act: its number, what it is, and what it shows in a sentence. */
export function ActCard(props: {
  readonly id: string
  readonly number: number
  readonly title: string
  readonly lead: ReactNode
  readonly children: ReactNode
}) {
  return (
    <Card component="section" aria-labelledby={props.id}>
      <CardContent sx={{ p: { xs: 2, sm: 3 }, '&:last-child': { pb: { xs: 2, sm: 3 } } }}>
        <Stack direction="row" spacing={2} sx={{ alignItems: 'flex-start' }}>
          <Box
            aria-hidden="true"
            sx={{
              width: 32,
              height: 32,
              borderRadius: '50%',
              bgcolor: 'primary.main',
              color: 'primary.contrastText',
              display: { xs: 'none', sm: 'grid' },
              placeItems: 'center',
              fontWeight: 700,
              flexShrink: 0,
            }}
          >
            {props.number}
          </Box>
          <Box sx={{ minWidth: 0, flex: 1 }}>
            <Typography variant="h2" id={props.id}>
              {props.title}
            </Typography>
            <Typography color="textSecondary" sx={{ mt: 0.5, mb: 2, maxWidth: '75ch' }}>
              {props.lead}
            </Typography>
            <Stack spacing={2}>{props.children}</Stack>
          </Box>
        </Stack>
      </CardContent>
    </Card>
  )
}
