import type { OperationName } from '@switchboard/api'
import type { ReactNode } from 'react'
import { usePermissions } from '../app/use-permissions.ts'
import { refusalOf } from './allowed-button.tsx'
import { EmptyState } from './empty-state.tsx'

/**
 * Shows `children` to whom the operation is open, and says to everybody else why not. What is refused anyway is not asked:
 * each refusal leaves a receipt, and looking at a page is no attempt.
 */
export function Permitted(props: { readonly operation: OperationName; readonly children: ReactNode }) {
  const permission = usePermissions()?.get(props.operation)
  if (permission === undefined) return null
  return permission.may ? props.children : <EmptyState says={refusalOf(permission.roles)} />
}
