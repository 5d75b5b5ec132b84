import { Box, Button } from '@mui/material'
import { useState } from 'react'
import { visible } from '../../parts/visible.ts'
import { splitAt } from './place-in-note.ts'
import type { Place } from './place-in-note.ts'

const mostAtFirst = 6_000

/** A note as it was written, as text; the cited place is marked. A long one is cut until somebody wants all of it. */
export function NoteText({ text, place }: { readonly text: string; readonly place: Place | undefined }) {
  const [wanted, setWanted] = useState(false)
  // What is cited is shown whole: the reader was sent there.
  const isWhole = wanted || text.length <= mostAtFirst || (place !== undefined && place.to > mostAtFirst)
  const shown = isWhole ? text : text.slice(0, mostAtFirst)
  const [before, marked, after] = place === undefined ? [shown, '', ''] : splitAt(shown, place)
  return (
    <>
      <Box component="bdi" sx={{ display: 'block', overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {visible(before)}
        {marked === '' ? null : (
          <Box
            component="mark"
            sx={{ bgcolor: 'warning.main', color: 'warning.contrastText', borderRadius: 0.5 }}
          >
            {visible(marked)}
          </Box>
        )}
        {visible(after)}
      </Box>
      {isWhole ? null : (
        <Button size="small" onClick={() => setWanted(true)} sx={{ mt: 1 }}>
          Show all {text.length.toLocaleString('en')} characters
        </Button>
      )}
    </>
  )
}
