import type { OperationByName, OutputOf } from '@switchboard/api'
import { useRead, useReads } from '../../api/use-read.ts'

export type PluginDetail = OutputOf<OperationByName<'plugin.detail'>>

/** The plugins that are installed, each with its ceilings; undefined until they are known. At most fifty are looked at. */
export function useInstalledPlugins(): readonly PluginDetail[] | undefined {
  const { data } = useRead('plugin.list', { installed: true, kind: 'plugin', limit: 50 })
  const names = data?.ok === true ? data.value.rows.map(({ name }) => name) : undefined
  const details = useReads(
    'plugin.detail',
    (names ?? []).map((id) => ({ id })),
  )
  if (names === undefined || details.some(({ data: detail }) => detail === undefined)) return undefined
  return details.flatMap(({ data: detail }) => (detail?.ok === true ? [detail.value] : []))
}
