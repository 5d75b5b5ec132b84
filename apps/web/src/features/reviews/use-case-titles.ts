import { useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import type { TitleOf } from './review-words.ts'

const mostCases = 1_000

/** Titles of cases, for whoever may read them; anybody else sees ids. */
export function useCaseTitles(): TitleOf {
  const mayList = usePermissions()?.get('case.list')?.may === true
  const { data } = useRead('case.list', { limit: mostCases }, { when: mayList })
  const rows = data?.ok === true ? data.value.rows : []
  return (id) => rows.find((row) => row.id === id)?.title
}
