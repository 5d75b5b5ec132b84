import { usePermissions } from '../../app/use-permissions.ts'
import { useRead } from '../../api/use-read.ts'

/** What people are called, by id, for who may read it; ids stand for themselves elsewhere. */
export function usePeople(): ReadonlyMap<string, string> {
  const may = usePermissions()?.get('user.list')?.may === true
  const users = useRead('user.list', {}, { when: may })
  return new Map(users.data?.ok === true ? users.data.value.rows.map(({ id, name }) => [id, name]) : [])
}
