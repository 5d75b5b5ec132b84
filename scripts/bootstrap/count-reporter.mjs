// A reporter for `node --test`: writes the counts and every skip with its reason as one JSON value.
export default async function* countReporter(events) {
  const skips = []
  let counts = { passed: 0, failed: 0, cancelled: 0 }
  for await (const { type, data } of events) {
    if (type === 'test:pass' && data.skip !== undefined && data.skip !== false)
      skips.push({ name: data.name, reason: typeof data.skip === 'string' ? data.skip : '' })
    // One summary per file when files are isolated; the one without a file is of the whole run.
    if (type === 'test:summary' && data.file === undefined) counts = data.counts
  }
  yield JSON.stringify({ passed: counts.passed, failed: counts.failed + counts.cancelled, skips })
}
