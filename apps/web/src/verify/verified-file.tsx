import { Alert, AlertTitle, Box, Button, LinearProgress, Stack, TextField, Typography } from '@mui/material'
import type { Evidence, Flip, GivenTrust } from '@switchboard/verifier/worker-client'
import { useRef, useState } from 'react'
import { FactList } from '../parts/fact-list.tsx'
import { bytes } from '../parts/format.ts'
import { Icon } from '../parts/icons.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { anyFlip } from './browser-verifier.ts'
import { useVerdict } from './use-verdict.ts'
import { VerdictCard } from './verdict-card.tsx'

/**
 * A file, verified in this browser against what somebody trusts, with the verdict; and a button that turns one bit of it, so
 * that they see it break. The file itself stays as it is.
 *
 * @param trust undefined while there is nothing to verify with; `children` then says what is wanted.
 */
export function VerifiedFile(props: {
  readonly file: Blob
  readonly name?: string
  readonly trust: GivenTrust | undefined
  readonly withoutTrust?: string
}) {
  const [place, setPlace] = useState('')
  const [flip, setFlip] = useState<{ readonly of: Blob; readonly flip: Flip }>()
  // A bit of another file says nothing about this one.
  const mine = flip?.of === props.file ? flip.flip : undefined
  const flipButton = useRef<HTMLButtonElement>(null)
  const shown = useVerdict(props.file, props.trust, mine)
  const { evidence } = shown
  return (
    <Stack spacing={2}>
      {evidence === undefined ? null : (
        <FactList
          facts={[
            ['File', props.name === undefined ? undefined : <UntrustedText text={props.name} most={200} />],
            ['Is a', `${evidence.kind}, ${bytes(evidence.bytes)}`],
            ['SHA-256', <code key="sha256">{evidence.sha256}</code>],
          ]}
        />
      )}
      {evidence === undefined || props.trust === undefined ? null : (
        <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'flex-start' }}>
          <TextField
            size="small"
            label="At byte"
            placeholder="any"
            value={place}
            onChange={({ target }) => setPlace(target.value)}
            error={flipAt(place, evidence) === undefined}
            helperText={`0 to ${(evidence.bytes - 1).toLocaleString('en')}, or any`}
            slotProps={{ htmlInput: { inputMode: 'numeric' }, inputLabel: { shrink: true } }}
            sx={{ width: 180 }}
          />
          <Button
            ref={flipButton}
            variant="outlined"
            disabled={evidence.bytes === 0 || flipAt(place, evidence) === undefined}
            onClick={() => {
              const chosen = flipAt(place, evidence)
              if (chosen !== undefined) setFlip({ of: props.file, flip: chosen })
            }}
          >
            {mine === undefined ? 'Flip one bit' : 'Flip another bit instead'}
          </Button>
          <Button
            variant="outlined"
            startIcon={<Icon name="undo" />}
            disabled={mine === undefined}
            onClick={() => {
              setFlip(undefined)
              // This button is disabled then, and the focus would be lost with it.
              flipButton.current?.focus()
            }}
          >
            Turn it back
          </Button>
        </Stack>
      )}
      <Box aria-live="polite">
        {shown.state === 'nothing' && props.trust === undefined ? (
          <Alert severity="info" variant="outlined">
            <AlertTitle>Not verified yet</AlertTitle>
            {props.withoutTrust ?? 'Give a key that you trust.'}
          </Alert>
        ) : shown.state === 'reading' || shown.state === 'verifying' ? (
          <Stack spacing={1}>
            <LinearProgress aria-label={shown.state === 'reading' ? 'Reading the file' : 'Verifying'} />
            <Typography variant="body2" color="textSecondary">
              {shown.state === 'reading' ? 'Reading the file.' : 'Every byte is being checked.'}
            </Typography>
          </Stack>
        ) : shown.state === 'failed' ? (
          <Alert severity="error" variant="outlined">
            <AlertTitle>The verifier failed; nothing is proved</AlertTitle>
            {shown.why}
          </Alert>
        ) : shown.state === 'done' ? (
          <VerdictCard verdict={shown.verdict} />
        ) : null}
      </Box>
    </Stack>
  )
}

/** A bit of the byte that somebody named, or of any; undefined for what the file does not have. */
function flipAt(place: string, evidence: Evidence): Flip | undefined {
  const any = anyFlip(evidence)
  const named = place.trim().replaceAll(',', '')
  if (named === '') return any
  const offset = Number(named)
  return /^\d{1,10}$/.test(named) && offset < evidence.bytes ? { ...any, offset } : undefined
}
