import { Alert, AlertTitle, Stack } from '@mui/material'
import type { ReactNode } from 'react'
import { Instant } from '../../parts/instant.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { Hold } from './use-sandbox.ts'

/** What is held, by whom, since when and why; and the button that lifts it. */
export function HoldAlert(props: { readonly title: string; readonly hold: Hold; readonly lift?: ReactNode }) {
  const { by, at, reason } = props.hold
  return (
    <Alert severity="error" variant="outlined">
      <AlertTitle>{props.title}</AlertTitle>
      <Stack spacing={1} sx={{ alignItems: 'flex-start' }}>
        <span>
          By <UntrustedText text={by} most={120} /> since <Instant ms={at} />: <UntrustedText text={reason} />
        </span>
        {props.lift}
      </Stack>
    </Alert>
  )
}
