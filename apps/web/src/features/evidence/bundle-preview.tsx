import { Alert, LinearProgress, Stack, Typography } from '@mui/material'
import { useEffect, useRef } from 'react'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { bytes, count } from '../../parts/format.ts'
import { MarkingChip } from '../../parts/marking-chip.tsx'
import { isBound } from '../../parts/markings.ts'
import { Section } from '../../parts/section.tsx'
import type { BundleInput, Preview } from './bundle-request.ts'
import { ClosableTables } from './closable-tables.tsx'

/**
 * What a reader of the bundle will see, made by the server as the bundle would be; and what can be closed, with what each
 * takes. The figures follow each choice.
 *
 * @param scope without anything closed, which is what can be closed at all.
 */
export function BundlePreview({
  scope,
  input,
}: {
  readonly scope: BundleInput
  readonly input: BundleInput
}) {
  const open = useRead('evidence.preview', scope)
  const closed = useRead('evidence.preview', input)
  const latest = useLatest(closed.data?.ok === true ? closed.data.value : undefined)
  return (
    <Section id="preview" title="What a reader will see">
      <Answered read={open}>
        {(whole) => (
          <>
            {closed.isFetching ? <LinearProgress aria-label="Working the preview out anew" /> : null}
            {closed.data?.ok === false || (closed.error !== null && closed.data === undefined) ? (
              <Answered read={closed}>{() => null}</Answered>
            ) : null}
            <Figures preview={latest ?? whole} whole={whole} />
            <ClosableTables whole={whole} preview={latest ?? whole} />
          </>
        )}
      </Answered>
    </Section>
  )
}

function Figures({ preview, whole }: { readonly preview: Preview; readonly whole: Preview }) {
  const closedParts = preview.parts.reduce((sum, part) => sum + part.closed, 0)
  return (
    <Stack spacing={1} role="status">
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
        <MarkingChip value={preview.tlp} />
        <Typography variant="body2">
          {count(preview.receipts, 'receipt')}
          {preview.folded === 0 ? '' : `, ${preview.folded} of them folded`}; about {bytes(preview.bytes)}
          {preview.bytes === whole.bytes ? '' : `, of ${bytes(whole.bytes)} with nothing closed`};{' '}
          {closedParts === 0 ? 'every part is open' : `${count(closedParts, 'part is', 'parts are')} closed`}.
        </Typography>
      </Stack>
      {!isBound(preview.tlp) ? (
        <Typography variant="body2" color="textSecondary">
          Marked TLP:{preview.tlp}: you can export it alone.
        </Typography>
      ) : (
        <Alert severity="info" variant="outlined">
          Marked TLP:{preview.tlp}, so the export will wait for a second person, who sees exactly what you ask
          for.
        </Alert>
      )}
    </Stack>
  )
}

/** The last one that was there: figures stand still while new ones are worked out. */
function useLatest<T>(value: T | undefined): T | undefined {
  const held = useRef(value)
  useEffect(() => {
    if (value !== undefined) held.current = value
  }, [value])
  return value ?? held.current
}
