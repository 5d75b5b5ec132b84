/**
 * A reporter for `node --test`: writes the counts and every skip with its reason as one JSON value.
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
export default async function* countReporter(events) {
  const skips = []
  /** @type {Record<string, number>} */
  let counts = {}
  for await (const { type, data } of events) {
    if (type === 'test:pass' && data.skip !== undefined && data.skip !== false)
      skips.push({ name: data.name, reason: typeof data.skip === 'string' ? data.skip : '' })
    // One summary per file when files are isolated; the one without a file is of the whole run.
    if (type === 'test:summary' && data.file === undefined) counts = { ...data.counts }
  }
  // A count that is missing is no success.
  const { passed = 0, failed = 1, cancelled = 0 } = counts
  yield JSON.stringify({ passed, failed: failed + cancelled, skips })
}
