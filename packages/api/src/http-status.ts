import type { DenialCategory } from './denial.ts'

const statusByCategory: Readonly<Record<DenialCategory, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  invalid: 400,
  not_found: 404,
  conflict: 409,
  over_limit: 429,
  // Accepted, not performed: somebody else decides.
  approval_required: 202,
  failed: 422,
  unavailable: 503,
}

/** The few codes for which HTTP has a word of its own. */
const statusByCode: Readonly<Record<string, number>> = {
  method_not_allowed: 405,
  body_too_large: 413,
  address_too_long: 414,
  media_type_unsupported: 415,
  host_refused: 421,
}

export function httpStatusOf(denial: { readonly code: string; readonly category: DenialCategory }): number {
  return statusByCode[denial.code] ?? statusByCategory[denial.category]
}
