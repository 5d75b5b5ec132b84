/** So many at once; who comes later waits, first come first served. */
export function createPlaces(count: number) {
  const waiting: (() => void)[] = []
  let free = count
  return {
    async enter(): Promise<() => void> {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      let left = false
      return () => {
        if (left) return
        left = true
        const next = waiting.shift()
        if (next === undefined) free += 1
        else next()
      }
    },
  }
}
