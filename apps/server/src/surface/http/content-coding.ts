export type Coding = 'br' | 'gzip'
/** Smallest first. */
export const codings: readonly Coding[] = ['br', 'gzip']

/**
 * The coding to answer in, out of those that exist: the one the asker likes best, and among equals the smallest.
 * Undefined for none, which is always allowed: an asker that forbids even that gets it all the same, for there is no other.
 *
 * @param accepted an `Accept-Encoding` header.
 * @see RFC 9110, section 12.5.3
 */
export function chooseCoding(accepted: string | undefined, existing: readonly Coding[]): Coding | undefined {
  const weights = new Map<string, number>()
  for (const part of (accepted ?? '').split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const weight = parameters.find((text) => text.startsWith('q='))?.slice(2)
    if (name !== '') weights.set(name, weight === undefined ? 1 : Number(weight))
  }
  const weightOf = (coding: Coding): number => weights.get(coding) ?? weights.get('*') ?? 0
  const [best] = codings
    .filter((coding) => existing.includes(coding) && weightOf(coding) > 0)
    .sort((a, b) => weightOf(b) - weightOf(a))
  return best
}
