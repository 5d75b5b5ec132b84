/**
 * Does `work` now and then: for the first time after `everyMs`, then `everyMs` after it was last done.
 *
 * @returns `stop` waits for work under way.
 */
export function repeat(
  everyMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let turn = Promise.resolve()

  function wait(): void {
    timer = setTimeout(() => void (turn = takeTurn()), everyMs).unref()
  }
  async function takeTurn(): Promise<void> {
    try {
      await work()
    } catch (error) {
      onError(error)
    }
    if (!stopped) wait()
  }
  wait()
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await turn
    },
  }
}
