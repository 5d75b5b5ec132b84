import type { Evidence, GivenTrust, Verdict } from './worker/protocol.ts'

/** The whole report as one JSON text: what was given, what was trusted, what was found. Money, a bigint, as decimal text. */
export function reportJson(
  file: { readonly name: string },
  evidence: Evidence,
  trust: GivenTrust,
  verdict: Verdict,
  verifiedAt: Date,
): string {
  const { report, ...how } = verdict
  const whole = {
    file: file.name,
    bytes: evidence.bytes,
    sha256: evidence.sha256,
    verifiedAt: verifiedAt.toISOString(),
    ...how,
    trust,
    ...report,
  }
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
  return `${JSON.stringify(whole, plain, 2)}\n`
}

/** Hands a text to the reader as a file. It goes from this page to their disk, and nowhere else. */
export function saveAs(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has its own hold on the blob once it has begun.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
