import { usePermissions } from '../../app/use-permissions.ts'
import { useSelf } from '../../app/use-self.ts'
import type { Decider } from './who-decides.ts'

/** Who looks at a review, and whether their roles may decide one. */
export function useDecider(): Decider {
  const self = useSelf()
  const permission = usePermissions()?.get('review.approve')
  return { id: self?.id ?? '', may: permission?.may, roles: permission?.roles ?? [] }
}
