import type { OperationByName, OutputOf } from '@switchboard/api'
import { useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'

export type SandboxStatus = OutputOf<OperationByName<'sandbox.status'>>
export type Hold = SandboxStatus['quarantined'][number]

/** What is held, for whom may know it; the level alone for everybody else. Not asked where it would only be refused. */
export function useSandbox(): { readonly level?: string; readonly status?: SandboxStatus } {
  const may = usePermissions()?.get('sandbox.status')?.may
  const { data } = useRead('sandbox.status', {}, { when: may === true, refreshMs: 10_000 })
  const server = useRead('system.status', {}, { when: may === false })
  if (data?.ok === true) return { level: data.value.level, status: data.value }
  return server.data?.ok === true ? { level: server.data.value.sandboxLevel } : {}
}
