import { Alert, AlertTitle, Button } from '@mui/material'
import type { UseQueryResult } from '@tanstack/react-query'
import type { Answer, ClientFault, OperationName, OutputOf, OperationByName } from '@switchboard/api'
import type { ReactNode } from 'react'
import { DenialCard } from './denial-card.tsx'
import { PageSkeleton } from './page-skeleton.tsx'

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
  return isPending ? (props.skeleton ?? <PageSkeleton />) : null
}

/** The world failed: what of it, and a button that tries again. What is on the screen stays. */
export function FaultNotice({ fault, again }: { readonly fault: ClientFault; readonly again?: () => void }) {
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
      <AlertTitle>
        {fault.code === 'unreachable' ? 'The server does not answer' : 'The server failed'}
      </AlertTitle>
      {fault.message} ({fault.code})
    </Alert>
  )
}
