import { bytes, count, duration } from '../../parts/format.ts'

const sentences: readonly (readonly [string, (n: number) => string])[] = [
  ['ms', (n) => `A run is ended after ${duration(n * 1_000)}.`],
  ['cpuMs', (n) => `It may compute for ${duration(n * 1_000)}.`],
  ['memoryMB', (n) => `It may use ${n.toLocaleString('en')} MiB of memory.`],
  ['calls', (n) => `It may make ${count(n, 'call')}.`],
  ['rows', (n) => `Its calls may return ${count(n, 'row')} in all.`],
  ['outputBytes', (n) => `Its result may be ${bytes(n)} long.`],
]

/** Budgets of a manifest in words, in a fixed order; what a manifest does not name is left out. */
export function budgetSentences(budgets: unknown): readonly string[] {
  if (typeof budgets !== 'object' || budgets === null) return []
  const given = budgets as Readonly<Record<string, unknown>>
  return sentences.flatMap(([name, say]) => {
    const value = given[name]
    return typeof value === 'number' ? [say(value)] : []
  })
}
