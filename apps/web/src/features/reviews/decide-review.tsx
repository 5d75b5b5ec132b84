import { Alert, Typography } from '@mui/material'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { consequenceOf } from './review-words.ts'
import type { Review } from './review-words.ts'

interface DecideProps {
  readonly review: Review
  /** What would be done. */
  readonly deed: string
  /** Why this person cannot decide it, where that has become known while they look: the server says it again. */
  readonly refused: string | undefined
  readonly onClose: () => void
  /** The review as the server answered. */
  readonly onDecided: (review: Review) => void
}

/** Asks once more before an approval: what follows, and room for a note. */
export function ApproveDialog({ review, deed, refused, onClose, onDecided }: DecideProps) {
  const approve = useAct('review.approve')
  const isLast = review.approvers.length + 1 >= review.quorum
  const submit = async (note: string) => {
    const answer = await approve.mutateAsync(note === '' ? { id: review.id } : { id: review.id, note })
    if (answer.ok) onDecided(answer.value)
  }
  return (
    <ConfirmDialog
      title="Approve this?"
      confirm="Approve the request"
      reason="Note for the record"
      isReasonOptional
      isBusy={approve.isPending}
      outcome={<Acted act={approve} />}
      onClose={onClose}
      // A fault is shown from the mutation's own state.
      onConfirm={(note) => void submit(note).catch(() => undefined)}
    >
      <What review={review} deed={deed} refused={refused} />
      <Typography>
        {isLast
          ? `With your approval it is performed at once, as ${visible(review.requester)} and with their rights; every rule is asked again first.`
          : `One more approval by somebody else is needed after yours (${review.quorum} in all).`}
      </Typography>
      <Typography>{consequenceOf(review)}</Typography>
    </ConfirmDialog>
  )
}

export function DenyDialog({ review, deed, refused, onClose, onDecided }: DecideProps) {
  const deny = useAct('review.deny')
  const submit = async (reason: string) => {
    const answer = await deny.mutateAsync({ id: review.id, reason })
    if (answer.ok) onDecided(answer.value)
  }
  return (
    <ConfirmDialog
      title="Deny this?"
      confirm="Deny the request"
      isDangerous
      reason="Reason, for who asked"
      isBusy={deny.isPending}
      outcome={<Acted act={deny} />}
      onClose={onClose}
      // A fault is shown from the mutation's own state.
      onConfirm={(reason) => void submit(reason).catch(() => undefined)}
    >
      <What review={review} deed={deed} refused={refused} />
      <Typography>
        Nothing is done, and the review is closed for everybody. {visible(review.requester)} sees the reason
        and can ask again.
      </Typography>
    </ConfirmDialog>
  )
}

function What({ review, deed, refused }: Pick<DecideProps, 'review' | 'deed' | 'refused'>) {
  return (
    <>
      {refused === undefined ? null : (
        <Alert severity="info" variant="outlined">
          {refused}
        </Alert>
      )}
      <Typography>
        <strong>
          <UntrustedText text={deed} most={200} />
        </strong>
        , asked by <UntrustedText text={review.requester} most={80} />.
      </Typography>
    </>
  )
}
