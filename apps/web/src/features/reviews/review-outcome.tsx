import { Alert, AlertTitle, Button, CircularProgress, Stack, Typography } from '@mui/material'
import type { Denial } from '@switchboard/api'
import { CommandLine } from '../../parts/command-line.tsx'
import { DenialCard } from '../../parts/denial-card.tsx'
import { Icon } from '../../parts/icons.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { fromBase64, saveFile } from '../../parts/save-file.ts'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { fileIn, fileNameOf, outcomeOf } from './review-words.ts'
import type { Review } from './review-words.ts'

/** What became of a review, as the server says it: waits, is being performed, done with its file, refused anew, denied. */
export function ReviewOutcomeView({ review }: { readonly review: Review }) {
  const outcome = outcomeOf(review)
  return (
    <Stack aria-live="polite" spacing={2} sx={{ '&:empty': { display: 'none' } }}>
      {review.status === 'approved' ? (
        <Alert severity="info" variant="outlined" icon={<CircularProgress size={20} />}>
          Approved by all who are needed; it is being performed now, and every rule is asked again.
        </Alert>
      ) : review.status === 'denied' ? (
        <Alert severity="warning" variant="outlined">
          <AlertTitle>Denied</AlertTitle>
          <UntrustedText text={review.denied === null ? 'Somebody' : review.denied.name} most={80} /> said no
          {review.reason === null ? '.' : ': '}
          {review.reason === null ? null : <UntrustedText text={review.reason} />}
        </Alert>
      ) : review.status === 'expired' ? (
        <Alert severity="warning" variant="outlined">
          <AlertTitle>Expired</AlertTitle>
          Nobody decided within a day, so nothing was done. {visible(review.requester)} can ask again, and a
          new review is opened.
        </Alert>
      ) : review.status !== 'performed' ? null : outcome === undefined ? (
        <Alert severity="info" variant="outlined">
          It was performed. What came of it has been erased since.
        </Alert>
      ) : outcome.ok ? (
        <Performed review={review} value={outcome.value ?? {}} />
      ) : (
        <Stack spacing={1}>
          <Typography>
            It was approved, and refused when it was performed: what the rules say had changed by then.
          </Typography>
          <DenialCard denial={outcome.denial as Denial} receiptId={outcome.receiptId} />
        </Stack>
      )}
    </Stack>
  )
}

function Performed(props: { readonly review: Review; readonly value: Readonly<Record<string, unknown>> }) {
  const { review, value } = props
  const file = fileIn(review)
  const isExport = review.kind === 'evidence.export'
  const { bundle: _, ...rest } = value
  return (
    <Alert severity="success" variant="outlined" sx={{ '& .MuiAlert-message': { flex: 1, minWidth: 0 } }}>
      <AlertTitle>Performed</AlertTitle>
      <Stack spacing={1.5}>
        {!isExport ? null : file === undefined ? (
          <Typography>
            The file was made. Only {visible(review.requester)}, who asked, can save it: on this page, signed
            in, or by the command.
          </Typography>
        ) : (
          <>
            <Typography>
              The file is here for you alone, who asked for it. Save it and hand it on with care.
            </Typography>
            <Stack direction="row">
              <Button
                variant="contained"
                startIcon={<Icon name="download" />}
                onClick={() => saveFile(fileNameOf(review), fromBase64(file.base64))}
              >
                Save the bundle{file.says === '' ? '' : ` (${file.says})`}
              </Button>
            </Stack>
            <CommandLine command={`npx switchboard review detail ${review.id} --out ${fileNameOf(review)}`} />
          </>
        )}
        <JsonView value={rest} />
      </Stack>
    </Alert>
  )
}
