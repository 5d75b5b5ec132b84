export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`
}

/** Millionths as a decimal with at least two places, all that are not zero shown. */
export function money(micros: bigint): string {
  const fraction = (micros % 1_000_000n)
    .toString()
    .padStart(6, '0')
    .replace(/0{1,4}$/, '')
  return `${(micros / 1_000_000n).toLocaleString('en')}.${fraction}`
}

/** `2026-01-31 09:15:02 UTC`; receipts carry the server's clock in UTC, and a reader's own zone would hide that. */
export function instant(at: unknown): string {
  const date = new Date(typeof at === 'number' ? at : Number.NaN)
  return Number.isNaN(date.getTime())
    ? 'an unknown time'
    : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

export function fileSize(bytes: number): string {
  if (bytes < 1000) return count(bytes, 'byte')
  const [unit, size] =
    bytes < 1e6 ? ['kB', bytes / 1e3] : bytes < 1e9 ? ['MB', bytes / 1e6] : ['GB', bytes / 1e9]
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`
}

export function duration(ms: number): string {
  if (ms < 1) return 'less than 1 ms'
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`
}
