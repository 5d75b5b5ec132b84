import { canonicalJson } from './canonical.ts'

/** In canonical JSON: `\u0000` behind an even number of backslashes. */
const nulCharacter = /(?<!\\)(?:\\\\)*\\u0000/

/**
 * Canonical JSON of a value from outside, or the rule that it breaks. Lone surrogates, cycles and endless nesting have no
 * canonical form and so no digest of their own, which receipts, approvals and idempotency keys are bound to. U+0000 one
 * of the two stores cannot keep.
 */
export function storableJson(value: unknown): { readonly text: string } | { readonly rule: string } {
  let text: string
  try {
    text = canonicalJson(value)
  } catch {
    return { rule: 'must be JSON of well-formed Unicode, not nested too deeply' }
  }
  return nulCharacter.test(text) ? { rule: 'must not hold the character U+0000' } : { text }
}
