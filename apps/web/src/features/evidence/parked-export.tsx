import { Alert, AlertTitle, Button, Stack, Typography } from '@mui/material'
import type { Denial } from '@switchboard/api'
import { useState, useEffect } from 'react'
import { Link } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { DenialCard } from '../../parts/denial-card.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Section } from '../../parts/section.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { readExportOutcome } from './export-outcome.ts'
import { ExportedBundle } from './exported-bundle.tsx'

const refreshMs = 3_000
const underWay = ['pending', 'approved']

/** An export that waits for a second person, until it was performed: then its file is here. */
export function ParkedExport({ id }: { readonly id: string }) {
  const [waits, setWaits] = useState(true)
  const review = useRead('review.detail', { id }, waits ? { refreshMs } : {})
  const status = review.data?.ok === true ? review.data.value.status : undefined
  useEffect(() => setWaits(status === undefined || underWay.includes(status)), [status])
  return (
    <Section
      id="parked"
      title="The export you asked for"
      actions={status === undefined ? null : <StateChip state={status} />}
    >
      <Answered read={review}>
        {({ status: now, expiresAt, rule, reason, outcome, approvers, quorum }) => (
          <>
            {now === 'pending' ? (
              <Alert severity="info" variant="outlined" icon={<Icon name="clock" />}>
                <AlertTitle>Waits for a second person</AlertTitle>
                {approvers.length} of {quorum} approved, under rule <code>{rule}</code>, until{' '}
                <Instant ms={expiresAt} />. This page looks again by itself.
              </Alert>
            ) : null}
            {now === 'approved' ? (
              <Typography variant="body2">Approved; the server is making the file.</Typography>
            ) : null}
            {now === 'denied' || now === 'expired' ? (
              <Alert severity="warning" variant="outlined">
                <AlertTitle>{now === 'denied' ? 'Denied' : 'Nobody decided in time'}</AlertTitle>
                {reason === null ? 'No reason was kept.' : <UntrustedText text={reason} />}
              </Alert>
            ) : null}
            <Stack direction="row">
              <Button component={Link} to={`/reviews/${id}`} variant="outlined" size="small">
                Open the review
              </Button>
            </Stack>
            {now === 'performed' ? <Outcome outcome={outcome} /> : null}
          </>
        )}
      </Answered>
    </Section>
  )
}

function Outcome({ outcome }: { readonly outcome: unknown }) {
  const read = readExportOutcome(outcome)
  if (read.state === 'exported') return <ExportedBundle exported={read.exported} />
  if (read.state === 'refused') return <DenialCard denial={read.denial satisfies Denial} />
  return (
    <Typography variant="body2">This review was not about an export, or its file is not kept.</Typography>
  )
}
