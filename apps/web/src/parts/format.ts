/** `1 receipt`, `1,204 receipts`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`
}

/** Money as the product counts it: millionths of the currency unit, thousands apart, as the command prints it. */
export function money(micros: string | bigint): string {
  return `${BigInt(micros).toLocaleString('en')} µ`
}

/** `0.4 ms`, `312 ms`, `4.1 s`, `2 min 5 s`. @param micros microseconds */
export function duration(micros: number): string {
  const ms = micros / 1_000
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = ms / 1_000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

/** `812 B`, `4.1 kB`, `23.6 MB`. */
export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`
  if (n < 1_000_000) return `${(n / 1_000).toFixed(1)} kB`
  return `${(n / 1_000_000).toFixed(1)} MB`
}

/** `2026-11-26 04:59:12Z`: UTC, as receipts and the command write it. @param ms since 1970 */
export function instant(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d{3}Z$/, 'Z')
}
