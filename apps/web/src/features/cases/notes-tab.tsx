import { Alert, Box, Card, CardContent, Stack, Typography } from '@mui/material'
import { useEffect, useRef } from 'react'
import { useSearchParams } from 'react-router'
import { EmptyState } from '../../parts/empty-state.tsx'
import { Instant } from '../../parts/instant.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { AddNote } from './add-note.tsx'
import type { FoundCase } from './found-case.ts'
import { NoteText } from './note-text.tsx'
import { placeIn } from './place-in-note.ts'

type Note = FoundCase['notes'][number]

/** The notes, oldest first; an address that names a place in one opens it there. */
export function NotesTab({ found }: { readonly found: FoundCase }) {
  const [params] = useSearchParams()
  const cited = params.get('note')
  const isMissing = cited !== null && !found.notes.some(({ id }) => id === cited)
  return (
    <Stack spacing={2}>
      {isMissing ? (
        <Alert severity="warning" variant="outlined">
          The address names a note that this case does not have.
        </Alert>
      ) : null}
      {found.notes.length === 0 ? (
        <EmptyState says="No note yet. Write the first one below: a mail, a log, what somebody said. Plugins read notes and cite places in them." />
      ) : (
        <Stack component="ol" spacing={2} aria-label="Notes" sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {found.notes.map((note, place) => (
            <NoteCard
              key={note.id}
              note={note}
              number={place + 1}
              isCited={note.id === cited}
              from={params.get('from')}
              to={params.get('to')}
            />
          ))}
        </Stack>
      )}
      <AddNote caseId={found.id} />
    </Stack>
  )
}

function NoteCard(props: {
  readonly note: Note
  readonly number: number
  readonly isCited: boolean
  readonly from: string | null
  readonly to: string | null
}) {
  const { note, number, isCited, from, to } = props
  const card = useRef<HTMLLIElement>(null)
  const place = isCited ? placeIn(note.text, from, to) : undefined
  const isLost = isCited && from !== null && place === undefined
  useEffect(() => {
    if (!isCited) return
    const target = card.current?.querySelector('mark') ?? card.current
    target?.scrollIntoView({ block: 'center' })
    // After the page's heading has had the focus, so that the next Tab goes on from the place.
    const timer = setTimeout(() => card.current?.focus({ preventScroll: true }), 0)
    return () => clearTimeout(timer)
  }, [isCited, from, to])
  return (
    <Card
      component="li"
      ref={card}
      tabIndex={isCited ? -1 : undefined}
      aria-label={isCited ? `Note ${number}, the one that is cited` : `Note ${number}`}
      sx={isCited ? { borderColor: 'primary.main' } : null}
    >
      <CardContent>
        <Typography variant="body2" color="textSecondary" component="div" sx={{ mb: 1 }}>
          <Box component="span" sx={{ mr: 1 }}>
            {number}
          </Box>
          <UntrustedText text={note.by} most={80} /> · <Instant ms={note.at} />
        </Typography>
        {isLost ? (
          <Alert severity="warning" variant="outlined" sx={{ mb: 1 }}>
            The address names the place {from}–{to}, which this note does not have.
          </Alert>
        ) : null}
        <NoteText text={note.text} place={place} />
      </CardContent>
    </Card>
  )
}
