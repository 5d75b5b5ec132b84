import { stripVTControlCharacters } from 'node:util'

/** What is kept of one failure: its first lines say what was expected, the rest is mostly the stack of the runner. */
const linesKept = 25

/**
 * A reporter for `node --test`: writes the counts, every skip with its reason and every failure with its error as one
 * JSON value.
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
export default async function* countReporter(events) {
  const skips = []
  const failures = []
  /** @type {Record<string, number>} */
  let counts = {}
  for await (const { type, data } of events) {
    if (type === 'test:pass' && data.skip !== undefined && data.skip !== false)
      skips.push({ name: data.name, reason: typeof data.skip === 'string' ? data.skip : '' })
    if (type === 'test:fail') {
      const { failureType, cause } = /** @type {any} */ (data.details.error)
      // A test around others fails because they did; that is no news.
      if (failureType !== 'subtestsFailed') failures.push({ name: data.name, error: told(cause) })
    }
    // One summary per file when files are isolated; the one without a file is of the whole run.
    if (type === 'test:summary' && data.file === undefined) counts = { ...data.counts }
  }
  // A count that is missing is no success.
  const { passed = 0, failed = 1, cancelled = 0 } = counts
  // What fails after the last test, in a hook of the whole file, Node reports and does not count.
  yield JSON.stringify({ passed, failed: Math.max(failed + cancelled, failures.length), skips, failures })
}

/** @param {unknown} cause */
function told(cause) {
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return stripVTControlCharacters(text).split('\n').slice(0, linesKept).join('\n')
}
