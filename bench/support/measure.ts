/** The middle of the sorted values, or the mean of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Linear between the two nearest values. @param q 0 to 1. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new RangeError('nothing was measured')
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)] as number
  const above = sorted[Math.ceil(at)] as number
  return below + (above - below) * (at - Math.floor(at))
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

export interface Load {
  readonly p50: number
  readonly p95: number
  readonly perSecond: number
}

/** Performs `call` `count` times with `callers` at once, each starting its next when the last has answered. */
export async function load(callers: number, count: number, call: () => Promise<unknown>): Promise<Load> {
  const times: number[] = []
  let begun = 0
  const began = performance.now()
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (begun < count) {
        begun += 1
        times.push(await timed(call))
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), perSecond: count / seconds }
}

/** Each part by itself the median over the repeats: one slow moment of the machine spoils one repeat. */
export function medianLoad(loads: readonly Load[]): Load {
  const of = (part: keyof Load): number => median(loads.map((each) => each[part]))
  return { p50: of('p50'), p95: of('p95'), perSecond: of('perSecond') }
}
