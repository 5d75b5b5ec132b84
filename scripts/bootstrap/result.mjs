import { appendFileSync } from 'node:fs'

/**
 * Leaves a stage's counts for .ci/run, which adds them up; elsewhere nobody asks for them.
 * @param {{ passed: number, failed: number, skipped: number }} result
 */
export function writeResult(result) {
  const file = process.env.SWITCHBOARD_RESULTS_FILE
  if (file) appendFileSync(file, `${JSON.stringify(result)}\n`)
}
