import { Box, Stack, Typography } from '@mui/material'
import { useEffect, useRef } from 'react'
import type { ReactNode } from 'react'

/** A page with its heading. Focus goes to the heading, so that a screen reader hears where it has arrived. */
export function Page(props: {
  readonly title: string
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${props.title} · Switchboard`
    heading.current?.focus({ preventScroll: true })
  }, [props.title])
  return (
    <Stack spacing={3}>
      <Stack
        direction={{ xs: 'column', sm: 'row' }}
        spacing={2}
        sx={{ justifyContent: 'space-between', alignItems: { sm: 'flex-start' } }}
      >
        <Box sx={{ minWidth: 0 }}>
          <Typography
            variant="h1"
            ref={heading}
            tabIndex={-1}
            sx={{ outline: 'none', overflowWrap: 'anywhere' }}
          >
            <bdi>{props.title}</bdi>
          </Typography>
          {props.lead === undefined ? null : (
            <Typography color="textSecondary" sx={{ mt: 0.5, maxWidth: '70ch' }}>
              {props.lead}
            </Typography>
          )}
        </Box>
        {props.actions === undefined ? null : (
          <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', flexShrink: 0 }}>
            {props.actions}
          </Stack>
        )}
      </Stack>
      {props.children}
    </Stack>
  )
}
