import type { SubjectPlace } from '../kernel/subject-place.ts'
import { legalHoldsPlace } from './holds/hold-store.ts'
import { receiptsPlace } from './receipt/receipts-of-subject.ts'
import type { SealedPeople } from './receipt/receipts-of-subject.ts'
import { rulesPlace } from './retention/retention-store.ts'

/** Where evidence keeps people. */
export function evidencePlaces(sealed: SealedPeople): readonly SubjectPlace[] {
  return [receiptsPlace(sealed), legalHoldsPlace, rulesPlace]
}
