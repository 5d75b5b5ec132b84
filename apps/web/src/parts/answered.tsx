import { Alert, AlertTitle, Button } from '@mui/material'
import type { UseQueryResult } from '@tanstack/react-query'
import type { Answer, ClientFault, OperationName, OutputOf, OperationByName } from '@switchboard/api'
import type { ReactNode } from 'react'
import { DenialCard } from './denial-card.tsx'
import { PageSkeleton } from './page-skeleton.tsx'
import { StillWaiting } from './still-waiting.tsx'
import { UntrustedText } from './untrusted-text.tsx'

/** What was read, in its four states: on its way, failed, refused, there. */
export function Answered<N extends OperationName>(props: {
  readonly read: UseQueryResult<Answer<N>, ClientFault>
  readonly skeleton?: ReactNode
  readonly children: (value: OutputOf<OperationByName<N>>) => ReactNode
}) {
  const { data, error, refetch, isPending } = props.read
  if (data !== undefined)
    return data.ok ? (
      <>
        {error === null ? null : <FaultNotice fault={error} again={() => void refetch()} />}
        {props.children(data.value)}
      </>
    ) : (
      <DenialCard denial={data.denial} receiptId={data.receiptId} />
    )
  if (error !== null) return <FaultNotice fault={error} again={() => void refetch()} />
  if (!isPending) return null
  return (
    <>
      <StillWaiting />
      {props.skeleton ?? <PageSkeleton />}
    </>
  )
}

/** What happened, in words for somebody who has never heard of a status. */
function titleOf({ code, status }: ClientFault): string {
  if (code === 'unauthenticated') return 'Your session has ended'
  if (code === 'unreachable') return 'The server does not answer'
  if (code === 'timed_out') return 'The server takes too long'
  if (code === 'cut_off') return 'The answer broke off'
  if (status === 429) return 'The server is asked too often just now'
  if (status === 502 || status === 503 || status === 504) return 'The server is not ready'
  if (code === 'not_an_answer' && status === 200) return 'Something else answered in place of the server'
  return 'The server failed'
}

/** The world failed: what of it, and a button that tries again. What is on the screen stays. */
export function FaultNotice({
  fault,
  title,
  again,
}: {
  readonly fault: ClientFault
  /** What that means here, where it is more than that the server failed. */
  readonly title?: string
  readonly again?: () => void
}) {
  return (
    <Alert
      severity="error"
      variant="outlined"
      action={
        again === undefined ? undefined : (
          <Button color="inherit" size="small" onClick={again}>
            Try again
          </Button>
        )
      }
    >
      <AlertTitle>{title ?? titleOf(fault)}</AlertTitle>
      <UntrustedText text={`${fault.message} (${fault.code})`} />
    </Alert>
  )
}
