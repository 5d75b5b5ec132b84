import { Alert, Box, Link as MuiLink, Typography } from '@mui/material'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { Link, useNavigate } from 'react-router'
import { RowsTable } from '../../parts/rows-table.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { ApproveDialog, DenyDialog } from './decide-review.tsx'
import { KeysDialog, KeysHint } from './keys-help.tsx'
import { deedOf, quorumSaid, timeLeft } from './review-words.ts'
import type { Review } from './review-words.ts'
import { whyNotApprove, whyNotDeny } from './who-decides.ts'
import { useCaseTitles } from './use-case-titles.ts'
import { useDecider } from './use-decider.ts'
import { useReviewKeys } from './use-review-keys.ts'

/** Reviews as rows, one of them selected by j and k; the selection is in the address. */
export function ReviewQueue({
  rows,
  empty,
}: {
  readonly rows: readonly Review[]
  readonly empty: ReactNode
}) {
  const navigate = useNavigate()
  const who = useDecider()
  const titleOf = useCaseTitles()
  const [status] = useUrlState('status')
  const [linkedId, setLinkedId] = useUrlState('selected', '', { replace: true })
  // The address follows: keys come faster than a router renders, and none may be lost.
  const [selectedId, setSelectedId] = useState(linkedId)
  // Kept as it was: somebody else's decision takes the row away, and the question on the screen stays.
  const [doing, setDoing] = useState<{ readonly what: 'approve' | 'deny'; readonly review: Review }>()
  const [decided, setDecided] = useState<Review>()
  const [said, setSaid] = useState('')
  const [isHelpOpen, setHelpOpen] = useState(false)
  const at = rows.findIndex(({ id }) => id === selectedId)
  const selected = rows[at]
  const pathOf = (id: string) => `/reviews/${id}${status === '' ? '' : `?status=${status}`}`

  const moveTo = (place: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, place))]
    if (next !== undefined) {
      setSelectedId(next.id)
      setLinkedId(next.id)
    }
    setSaid('')
  }
  const decide = (what: 'approve' | 'deny') => {
    if (selected === undefined) {
      setSaid('Choose a review first: j takes the next one.')
      return
    }
    const reason = (what === 'approve' ? whyNotApprove : whyNotDeny)(selected, who)
    setSaid(reason ?? '')
    if (reason === undefined) setDoing({ what, review: selected })
  }
  useReviewKeys({
    j: () => moveTo(at + 1),
    k: () => moveTo(at === -1 ? rows.length - 1 : at - 1),
    Enter: () => (selected === undefined ? undefined : void navigate(pathOf(selected.id))),
    a: () => decide('approve'),
    d: () => decide('deny'),
    e: () => (selected === undefined ? undefined : void navigate(`${pathOf(selected.id)}#evidence`)),
    '?': () => setHelpOpen(true),
  })
  useEffect(() => focusRow(selectedId), [selectedId])

  const now = Date.now()
  const Dialog = doing?.what === 'deny' ? DenyDialog : ApproveDialog
  return (
    <>
      {decided === undefined ? null : (
        <Alert
          severity="success"
          variant="outlined"
          role="status"
          action={
            <MuiLink component={Link} to={pathOf(decided.id)} sx={{ p: 0.5, mr: 1 }}>
              Open it
            </MuiLink>
          }
        >
          {visible(deedOf(decided, titleOf)).slice(0, 160)}: {sayDecided(decided)}
        </Alert>
      )}
      {rows.length === 0 ? (
        empty
      ) : (
        <RowsTable
          caption="Reviews"
          rows={rows}
          keyOf={({ id }) => id}
          isSelected={({ id }) => id === selectedId}
          columns={[
            {
              head: 'What would be done',
              cell: (review) => (
                <MuiLink component={Link} to={pathOf(review.id)} data-review={review.id}>
                  <UntrustedText text={deedOf(review, titleOf)} most={160} />
                </MuiLink>
              ),
            },
            {
              head: 'Asked by',
              cell: (review) => (
                <>
                  <UntrustedText text={review.requester} most={60} />
                  {review.requesterId === who.id ? ' (you)' : ''}
                </>
              ),
            },
            { head: 'Rule', cell: ({ rule }) => <UntrustedText text={rule} most={80} /> },
            { head: 'So far', cell: quorumSaid },
            {
              head: 'Time',
              cell: (review) => (review.status === 'pending' ? timeLeft(review.expiresAt, now) : '—'),
            },
            { head: 'State', cell: (review) => <StateChip state={review.status} /> },
          ]}
        />
      )}
      <Box>
        <Typography role="status" variant="body2" sx={{ minHeight: '1.5em', mb: 1 }}>
          {said}
        </Typography>
        <KeysHint onHelp={() => setHelpOpen(true)} />
      </Box>
      {isHelpOpen ? <KeysDialog onClose={() => setHelpOpen(false)} /> : null}
      {doing === undefined ? null : (
        <Dialog
          review={doing.review}
          deed={deedOf(doing.review, titleOf)}
          refused={
            rows.some(({ id }) => id === doing.review.id)
              ? undefined
              : 'It is no longer in this list: somebody has decided it meanwhile.'
          }
          onClose={() => setDoing(undefined)}
          onDecided={(review) => {
            setDoing(undefined)
            setDecided(review)
          }}
        />
      )}
    </>
  )
}

/** What the server said a decision came to. */
function sayDecided(review: Review): string {
  if (review.status === 'denied') return 'denied, and who asked sees why.'
  if (review.status === 'pending') return `${quorumSaid(review)}, somebody else is needed too.`
  return 'approved by all who are needed; the server performs it now.'
}

/** The link of the selected row gets the focus, so that a screen reader says it and Enter opens it. */
function focusRow(id: string): void {
  // The rows are there twice, as a table and as cards; one of the two is shown.
  const links = [...document.querySelectorAll<HTMLElement>('[data-review]')]
  const link = links.find((each) => each.dataset['review'] === id && each.offsetParent !== null)
  link?.focus()
  link?.scrollIntoView({ block: 'nearest' })
}
