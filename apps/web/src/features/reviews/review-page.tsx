import { Alert, Box, Button, Link as MuiLink, Stack, Typography } from '@mui/material'
import { useEffect, useState } from 'react'
import { Link, useLocation, useNavigate, useParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { FactList } from '../../parts/fact-list.tsx'
import { Instant } from '../../parts/instant.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Page } from '../../parts/page.tsx'
import { Section } from '../../parts/section.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText, visible } from '../../parts/untrusted-text.tsx'
import { useUrlState } from '../../parts/use-url-state.ts'
import { ApproveDialog, DenyDialog } from './decide-review.tsx'
import { ExportPreview } from './export-preview.tsx'
import { KeysDialog, KeysHint } from './keys-help.tsx'
import { ReviewEvidence } from './review-evidence.tsx'
import { ReviewOutcomeView } from './review-outcome.tsx'
import { consequenceOf, deedOf, factsOf, quorumSaid, timeLeft, timeSince } from './review-words.ts'
import type { Review } from './review-words.ts'
import { whyNotApprove, whyNotDeny } from './who-decides.ts'
import { wantedState } from './review-states.ts'
import { useCaseTitles } from './use-case-titles.ts'
import { useDecider } from './use-decider.ts'
import { useReviewKeys } from './use-review-keys.ts'

/** One review: everything that an approval is bound to, who decided so far, and what became of it. */
export function ReviewPage() {
  const { id = '' } = useParams()
  const [isMoving, setMoving] = useState(false)
  // What was approved is being performed now: its outcome is a moment away.
  const read = useRead('review.detail', { id }, { refreshMs: isMoving ? 1_000 : 10_000 })
  const status = read.data?.ok === true ? read.data.value.status : undefined
  useEffect(() => setMoving(status === 'approved'), [status])
  if (read.data?.ok !== true)
    return (
      <Page title="Review">
        <Answered read={read}>{() => null}</Answered>
      </Page>
    )
  return <ReviewView key={id} review={read.data.value} />
}

function ReviewView({ review }: { readonly review: Review }) {
  const navigate = useNavigate()
  const who = useDecider()
  const { hash } = useLocation()
  const [status] = useUrlState('status')
  const [doing, setDoing] = useUrlState('do')
  const [said, setSaid] = useState('')
  const [isHelpOpen, setHelpOpen] = useState(false)
  const wanted = wantedState(status)
  const list = useRead('review.list', wanted === undefined ? {} : { status: wanted })
  const others = list.data?.ok === true ? list.data.value.rows : []
  const approveRefused = whyNotApprove(review, who)
  const denyRefused = whyNotDeny(review, who)
  const query = status === '' ? '' : `?status=${status}`

  const go = (step: 1 | -1) => {
    const at = others.findIndex(({ id }) => id === review.id)
    // One that was decided meanwhile is no longer in the list: the first that waits is the next then.
    const next = others[at === -1 ? 0 : at + step]
    if (next === undefined || next.id === review.id)
      setSaid(step === 1 ? 'This is the last one.' : 'This is the first one.')
    else void navigate(`/reviews/${next.id}${query}`)
  }
  const decide = (what: 'approve' | 'deny') => {
    const reason = what === 'approve' ? approveRefused : denyRefused
    setSaid(reason ?? '')
    if (reason === undefined) setDoing(what)
  }
  useReviewKeys({
    j: () => go(1),
    k: () => go(-1),
    a: () => decide('approve'),
    d: () => decide('deny'),
    e: showEvidence,
    '?': () => setHelpOpen(true),
  })
  useEffect(() => {
    if (hash === '#evidence') showEvidence()
  }, [hash])

  const deed = deedOf(review, useCaseTitles())
  const Dialog = doing === 'deny' ? DenyDialog : ApproveDialog
  const now = Date.now()
  return (
    <Page
      title={visible(deed).slice(0, 200)}
      lead={consequenceOf(review)}
      actions={
        review.status !== 'pending' ? undefined : (
          <>
            <Button
              variant="contained"
              disabled={approveRefused !== undefined}
              onClick={() => decide('approve')}
              aria-keyshortcuts="a"
              aria-describedby="not-now"
            >
              Approve
            </Button>
            <Button
              variant="outlined"
              color="error"
              disabled={denyRefused !== undefined}
              onClick={() => decide('deny')}
              aria-keyshortcuts="d"
              aria-describedby="not-now"
            >
              Deny
            </Button>
          </>
        )
      }
    >
      {approveRefused === undefined || review.status !== 'pending' ? null : (
        <Alert severity="info" variant="outlined" id="not-now">
          {approveRefused}
        </Alert>
      )}
      <ReviewOutcomeView review={review} />
      <Section id="what" title="What would be done">
        <FactList
          facts={[
            [
              'Asked by',
              <UntrustedText
                key="who"
                text={`${review.requester}${review.requesterId === who.id ? ' (you)' : ''}`}
                most={100}
              />,
            ],
            [
              'Asked',
              <>
                <Instant ms={review.createdAt} />, {timeSince(review.createdAt, now)}
              </>,
            ],
            ['Operation', <code key="kind">{visible(review.kind)}</code>],
            [
              'Rule',
              <MuiLink
                component={Link}
                key="rule"
                to={`/policy?${new URLSearchParams({ rule: review.rule })}`}
              >
                {visible(review.rule)}
              </MuiLink>,
            ],
            ...factsOf(review).map(
              ({ name, text, link }) =>
                [
                  name,
                  link === undefined ? (
                    <UntrustedText key={name} text={text} most={500} />
                  ) : (
                    <MuiLink component={Link} key={name} to={link}>
                      {text}
                    </MuiLink>
                  ),
                ] as const,
            ),
          ]}
        />
        <Typography variant="h3" sx={{ mt: 2 }}>
          Exactly this
        </Typography>
        <Typography variant="body2" color="textSecondary" sx={{ mb: 1 }}>
          An approval holds for this very input and no other. Its SHA-256 is{' '}
          <Box component="code" sx={{ overflowWrap: 'anywhere' }}>
            {review.inputDigest}
          </Box>
          .
        </Typography>
        <JsonView value={review.input} />
      </Section>
      {review.kind === 'evidence.export' ? (
        <ExportPreview review={review} isOwn={review.requesterId === who.id} />
      ) : null}
      <Section id="who" title="Who decides">
        <Stack spacing={1}>
          <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
            <StateChip state={review.status} />
            <Typography>
              {quorumSaid(review)}
              {review.status === 'pending' ? `, ${timeLeft(review.expiresAt, now)} (until ` : ''}
              {review.status === 'pending' ? (
                <>
                  <Instant ms={review.expiresAt} />)
                </>
              ) : (
                ''
              )}
            </Typography>
          </Stack>
          <Decisions review={review} />
          {review.status === 'pending' ? (
            <CommandLine command={`npx switchboard review approve ${review.id}`} />
          ) : null}
        </Stack>
      </Section>
      <ReviewEvidence review={review} />
      <Typography role="status" variant="body2" sx={{ minHeight: '1.5em' }}>
        {said}
      </Typography>
      <KeysHint onHelp={() => setHelpOpen(true)} />
      {isHelpOpen ? <KeysDialog onClose={() => setHelpOpen(false)} /> : null}
      {doing !== 'approve' && doing !== 'deny' ? null : (
        <Dialog
          review={review}
          deed={deed}
          refused={doing === 'deny' ? denyRefused : approveRefused}
          onClose={() => setDoing('')}
          onDecided={() => setDoing('')}
        />
      )}
    </Page>
  )
}

function Decisions({ review }: { readonly review: Review }) {
  if (review.approvals.length === 0 && review.denied === null)
    return <Typography color="textSecondary">Nobody has decided anything yet.</Typography>
  return (
    <Stack component="ul" spacing={0.5} sx={{ m: 0, pl: 2.5 }}>
      {review.approvals.map(({ user, name, at, note }) => (
        <li key={user}>
          <UntrustedText text={name} most={80} /> approved, <Instant ms={at} />
          {note === null || note === '' ? null : (
            <>
              : <UntrustedText text={note} />
            </>
          )}
        </li>
      ))}
      {review.denied === null ? null : (
        <li>
          <UntrustedText text={review.denied.name} most={80} /> denied it, <Instant ms={review.denied.at} />
          {review.reason === null ? null : (
            <>
              : <UntrustedText text={review.reason} />
            </>
          )}
        </li>
      )}
    </Stack>
  )
}

function showEvidence(): void {
  const heading = document.querySelector<HTMLElement>('#evidence')
  heading?.focus()
  heading?.scrollIntoView({ block: 'start' })
}
