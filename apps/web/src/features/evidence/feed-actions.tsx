import { Stack, Typography } from '@mui/material'
import { useState } from 'react'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'

/** Pauses a feed with a reason, lets it go on, or sends one record that says it is a test. */
export function FeedActions(props: { readonly name: string; readonly state: 'active' | 'paused' }) {
  const { name, state } = props
  const pause = useAct('feed.pause')
  const resume = useAct('feed.resume')
  const test = useAct('feed.test')
  const [isPausing, setPausing] = useState(false)
  return (
    <Stack spacing={1}>
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
        {state === 'active' ? (
          <AllowedButton
            operation="feed.pause"
            size="small"
            variant="outlined"
            onClick={() => setPausing(true)}
          >
            Pause
          </AllowedButton>
        ) : (
          <AllowedButton
            operation="feed.resume"
            size="small"
            variant="outlined"
            loading={resume.isPending}
            onClick={() => resume.mutate({ name })}
          >
            Let it go on
          </AllowedButton>
        )}
        <AllowedButton
          operation="feed.test"
          size="small"
          variant="outlined"
          loading={test.isPending}
          onClick={() => test.mutate({ name })}
        >
          Send a test
        </AllowedButton>
      </Stack>
      <Acted act={resume} />
      <Acted act={test}>
        {({ accepted, answer, ms }) => (
          <Typography variant="body2">
            {accepted ? 'Accepted' : 'Not accepted'} after {ms.toLocaleString('en')} ms:{' '}
            <UntrustedText text={answer} most={300} />
          </Typography>
        )}
      </Acted>
      {isPausing ? (
        <ConfirmDialog
          title={`Pause the feed ${name}`}
          confirm="Pause the feed"
          reason="Why it is paused"
          isBusy={pause.isPending}
          onClose={() => setPausing(false)}
          onConfirm={(reason) => {
            pause.mutate({ name, reason }, { onSuccess: (answer) => answer.ok && setPausing(false) })
          }}
          outcome={<Acted act={pause} />}
        >
          <Typography variant="body2">
            Nothing is sent until it is let go on. What comes meanwhile is kept, and sent then.
          </Typography>
        </ConfirmDialog>
      ) : null}
    </Stack>
  )
}
