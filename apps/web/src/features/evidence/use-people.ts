import { useRead } from '../../api/use-read.ts'
import { usePermissions } from '../../app/use-permissions.ts'
import { useSelf } from '../../app/use-self.ts'

/** What people are called, by id: all of them for who may read that, and oneself. Others stay ids. */
export function usePeople(): ReadonlyMap<string, string> {
  const self = useSelf()
  const may = usePermissions()?.get('user.list')?.may === true
  const users = useRead('user.list', {}, { when: may })
  const people = new Map(
    users.data?.ok === true ? users.data.value.rows.map(({ id, name }) => [id, name]) : [],
  )
  if (self !== undefined) people.set(self.id, `${self.name} (you)`)
  return people
}
