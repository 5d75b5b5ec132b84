import { Stack } from '@mui/material'
import type { Answer, ClientFault, OperationByName, OperationName, OutputOf } from '@switchboard/api'
import { useEffect, useRef } from 'react'
import type { ReactNode } from 'react'
import { FaultNotice } from './answered.tsx'
import { DenialCard } from './denial-card.tsx'
import { StillWaiting } from './still-waiting.tsx'

/** What became of an effect: nothing yet, a fault, a refusal, or what `children` make of its value. Said aloud. */
export function Acted<N extends OperationName>(props: {
  /** Of `useAct`: what it answered, or how it failed. */
  readonly act: {
    readonly data: Answer<N> | undefined
    readonly error: ClientFault | null
    readonly isPending: boolean
  }
  readonly children?: (value: OutputOf<OperationByName<N>>, receiptId: string | undefined) => ReactNode
}) {
  const { data, error, isPending } = props.act
  const said = useRef<HTMLDivElement>(null)
  // In a long dialog it would come below what is in sight.
  useEffect(() => {
    if (data !== undefined || error !== null) said.current?.scrollIntoView({ block: 'nearest' })
  }, [data, error])
  return (
    <Stack ref={said} aria-live="polite" spacing={1} sx={{ '&:empty': { display: 'none' } }}>
      {isPending ? <StillWaiting /> : null}
      {error === null ? null : <FaultNotice fault={error} />}
      {data === undefined ? null : data.ok ? (
        props.children?.(data.value, data.receiptId)
      ) : (
        <DenialCard denial={data.denial} receiptId={data.receiptId} />
      )}
    </Stack>
  )
}
