import type { Denial, DenialCategory, DenialParams } from './denial.ts'
import { httpStatusOf } from './http-status.ts'

/** An RFC 9457 problem that carries a denial whole, so that a client can rebuild it. */
export interface DenialProblem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly category: DenialCategory
  readonly params: DenialParams
  readonly message: string
  readonly change: string
  readonly receiptId?: string
}

/** Where the reference explains a code: an address relative to the server. */
export function denialReference(code: string): string {
  return `/docs#denial-${code.replaceAll(':', '-')}`
}

export function problemOf(denial: Denial, receiptId?: string): DenialProblem {
  return {
    type: denialReference(denial.code),
    title: denial.message,
    status: httpStatusOf(denial),
    code: denial.code,
    category: denial.category,
    params: denial.params,
    message: denial.message,
    change: denial.change,
    ...(receiptId === undefined ? {} : { receiptId }),
  }
}
