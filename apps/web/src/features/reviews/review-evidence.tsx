import { Link as MuiLink, Stack, Typography } from '@mui/material'
import { Link } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { Section } from '../../parts/section.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { outcomeOf } from './review-words.ts'
import type { Review } from './review-words.ts'

/** The receipts of a review, in the order in which they came: the asking, each decision, the performing. */
export function ReviewEvidence({ review }: { readonly review: Review }) {
  const mayRead = usePermissions()?.get('receipt.read')?.may === true
  const caseId = (review.input as { readonly case?: unknown; readonly id?: unknown } | null)?.case
  const receipts = receiptsOf(review)
  return (
    <Section id="evidence" title="Evidence">
      <Stack component="ol" spacing={1.5} sx={{ m: 0, pl: 2.5 }}>
        {receipts.map(({ id, says }) => (
          <li key={id}>
            <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
              <span>{says}</span>
              <ReceiptChip id={id} />
            </Stack>
            {mayRead ? <Sentence id={id} /> : null}
          </li>
        ))}
      </Stack>
      {receipts.length === 0 ? (
        <Typography color="textSecondary">
          This review is from before receipts were kept with it. They are in the log all the same.
        </Typography>
      ) : null}
      {typeof caseId === 'string' ? (
        <Typography>
          <MuiLink component={Link} to={`/evidence?case=${encodeURIComponent(caseId)}`}>
            All receipts of this case
          </MuiLink>
        </Typography>
      ) : null}
    </Section>
  )
}

function Sentence({ id }: { readonly id: string }) {
  const { data } = useRead('receipt.read', { id })
  if (data?.ok !== true) return null
  return (
    <Typography variant="body2" color="textSecondary">
      <UntrustedText text={data.value.receipt.sentence} />
    </Typography>
  )
}

function receiptsOf(review: Review): readonly { readonly id: string; readonly says: string }[] {
  const outcome = outcomeOf(review)
  return [
    ...(review.receipt === null ? [] : [{ id: review.receipt, says: 'It was asked for and parked' }]),
    ...review.approvals.flatMap(({ receipt, name }) =>
      receipt === null ? [] : [{ id: receipt, says: `${name} approved` }],
    ),
    ...(review.denied === null || review.denied.receipt === null
      ? []
      : [{ id: review.denied.receipt, says: `${review.denied.name} denied it` }]),
    ...(outcome?.receiptId === undefined
      ? []
      : [{ id: outcome.receiptId, says: outcome.ok ? 'It was performed' : 'Performing it was refused' }]),
  ]
}
