import { appendFileSync } from 'node:fs'

/** @typedef {{ name: string, error: string }} Failure */

/**
 * Leaves a stage's counts for .ci/run, which adds them up, and what failed, which it says once more at the end;
 * elsewhere nobody asks for them.
 * @param {{ passed: number, failed: number, skipped: number }} counts
 * @param {readonly Failure[]} [failures]
 */
export function writeResult(counts, failures = []) {
  const file = process.env.SWITCHBOARD_RESULTS_FILE
  if (file) appendFileSync(file, `${JSON.stringify({ ...counts, failures })}\n`)
}
