import type { OperationName } from '@switchboard/api'
import { useRead } from '../api/use-read.ts'

export interface Permission {
  readonly may: boolean
  /** Who may, when this person may not. */
  readonly roles: readonly string[]
}

/** What this person may do at all. The server decides each time anew; this only says beforehand what it would say. */
export function usePermissions(): ReadonlyMap<OperationName, Permission> | undefined {
  const { data } = useRead('user.permissions', {})
  if (data?.ok !== true) return undefined
  return new Map(
    data.value.rows.map(({ operation, may, roles }) => [operation as OperationName, { may, roles }]),
  )
}

/** Whether it is worth asking: a refused read would leave a receipt of somebody who only looked. */
export function useMay(operation: OperationName): boolean {
  return usePermissions()?.get(operation)?.may === true
}
