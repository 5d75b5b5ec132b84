import { Typography } from '@mui/material'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import type { PackageDetail } from './consent.ts'

/** Whether somebody of the organisation has read this very code, who, and what they say of it. */
export function ReviewCard(props: {
  readonly detail: PackageDetail
  readonly open: (dialog: string) => void
}) {
  const { review } = props.detail
  return (
    <Section id="review" title="Review of the code">
      {review === null ? (
        <>
          <Typography>
            Nobody of your organisation has reviewed this version. It runs only where the sandbox reached the
            level it needs.
          </Typography>
          <AllowedButton operation="plugin.review" variant="outlined" onClick={() => props.open('review')}>
            Review this version
          </AllowedButton>
        </>
      ) : (
        <>
          <Typography>
            Read by <UntrustedText text={review.by} most={120} />, <Instant ms={review.at} />:
          </Typography>
          <Typography component="blockquote" sx={{ m: 0, pl: 2, borderLeft: 3, borderColor: 'divider' }}>
            <UntrustedText text={review.note} />
          </Typography>
          <Typography color="textSecondary">It may run at every sandbox level.</Typography>
          <AllowedButton
            operation="plugin.unreview"
            variant="outlined"
            onClick={() => props.open('unreview')}
          >
            Take the review back
          </AllowedButton>
        </>
      )}
    </Section>
  )
}
