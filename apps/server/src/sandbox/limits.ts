/** Fixed limits of the engine, under the budgets of a run. */

/** One argument of one call, as JSON. */
export const maxArgumentBytes = 1024 * 1024
/** A result larger than this is `too_large` whatever the output budget says. */
export const maxResultBytes = 8 * 1024 * 1024
/** What a call may answer, as JSON. */
export const maxAnswerBytes = 8 * 1024 * 1024
/** Calls a run may have open at once; further ones wait inside the isolate, where its own memory pays for them. */
export const maxCallsInFlight = 16
/** Nesting of arrays and objects in what a plugin sends: code behind the broker may recurse. */
export const maxDepth = 128
/** A thrown error as JSON: name, message and stack are cut inside the isolate. */
export const maxErrorBytes = 64 * 1024
/** Captured lines of one run, however short; the runner's own side stops at this too. */
export const maxLogLines = 5_000
/** Answers that a runner has not read yet: as much as all its open calls may be answered with. */
export const maxUnreadBytes = maxCallsInFlight * maxAnswerBytes
/** Header of one frame from a runner. The last one says between which of up to ten thousand answers timers fired. */
export const maxHeaderBytes = 256 * 1024

/** From asking a runner to stop until it is killed. */
export const stopGraceMs = 100
/** From the end of a run until the runner must be ready for the next. */
export const settleGraceMs = 250
/** From starting a runner until it must answer. */
export const startLimitMs = 10_000
/** How often memory and CPU are read from the kernel. */
export const watchEveryMs = 10
/** The share of a budget at which the plugin is warned; calls and output are, at the same share, in `guest-budget.js`. */
export const warnAtShare = 0.8
/** How long a report waits for calls the plugin did not wait for, so that effects come before it. */
export const openCallsGraceMs = 2_000

/**
 * Resident memory a run may add to its runner: the collector needs room to copy, and the isolate's own limit, which
 * is exact, comes first. This one is for what that limit does not see: resizable buffers, flat strings, huge arrays.
 */
export function residentLimitBytes(memoryMB: number): number {
  return (memoryMB * 1.5 + 48) * 1024 * 1024
}
