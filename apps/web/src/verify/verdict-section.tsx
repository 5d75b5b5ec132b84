import { Card, CardContent, Typography } from '@mui/material'
import { useId } from 'react'
import type { ReactNode } from 'react'

/** One part of a report, with its heading. */
export function VerdictSection({
  title,
  children,
}: {
  readonly title: string
  readonly children: ReactNode
}) {
  const heading = useId()
  return (
    <Card component="section" aria-labelledby={heading}>
      <CardContent>
        <Typography variant="h3" component="h3" id={heading} sx={{ mb: 1 }}>
          {title}
        </Typography>
        {children}
      </CardContent>
    </Card>
  )
}
