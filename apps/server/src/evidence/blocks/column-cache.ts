import type { ColumnCache } from './block.ts'

/** Keeps decoded columns, those that were used last, as long as they take at most `mostBytes` together. */
export function createColumnCache(mostBytes: number): ColumnCache & { bytes(): number } {
  const kept = new Map<string, { readonly made: Promise<{ value: unknown; bytes: number }>; bytes: number }>()
  let total = 0

  function drop(key: string): void {
    total -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }

  return {
    bytes: () => total,
    async get<T>(key: string, make: () => Promise<{ value: T; bytes: number }>): Promise<T> {
      const found = kept.get(key)
      if (found !== undefined) {
        kept.delete(key)
        kept.set(key, found)
        // Every key names one column, and so one type.
        return (await found.made).value as T
      }
      const column = { made: make(), bytes: 0 }
      kept.set(key, column)
      try {
        const { value, bytes } = await column.made
        // Dropped while it was made: whoever waits for it has it all the same.
        if (kept.get(key) === column) {
          column.bytes = bytes
          total += bytes
          for (const oldest of kept.keys()) {
            if (total <= mostBytes) break
            drop(oldest)
          }
        }
        return value
      } catch (error) {
        // What could not be read now may be there again later.
        if (kept.get(key) === column) kept.delete(key)
        throw error
      }
    },
  }
}
