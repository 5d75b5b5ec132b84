import { Card, CardContent, Stack, Typography } from '@mui/material'
import type { ReactNode } from 'react'

/**
 * A card with a heading, which names it for who cannot see it.
 *
 * @param id of the heading, so that an address can lead to it
 * @param actions what stands beside the heading and is about all of the section
 */
export function Section(props: {
  readonly id: string
  readonly title: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <Card component="section" aria-labelledby={props.id}>
      <CardContent>
        <Stack spacing={2}>
          <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
            <Typography
              variant="h2"
              id={props.id}
              // What leads here takes the focus along, below the bar that stays on top.
              tabIndex={-1}
              sx={{ mr: 'auto', overflowWrap: 'anywhere', scrollMarginTop: 80 }}
            >
              {props.title}
            </Typography>
            {props.actions}
          </Stack>
          {props.children}
        </Stack>
      </CardContent>
    </Card>
  )
}
