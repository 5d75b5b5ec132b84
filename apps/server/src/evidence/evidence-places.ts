import type { SubjectPlace } from '../kernel/subject-place.ts'
import { legalHoldsPlace } from './holds/hold-store.ts'
import { receiptsPlace } from './receipt/receipts-of-subject.ts'
import { rulesPlace } from './retention/retention-store.ts'

/** Where evidence keeps people. */
export const evidencePlaces: readonly SubjectPlace[] = [receiptsPlace, legalHoldsPlace, rulesPlace]
