import { Worker } from 'node:worker_threads'

/** Keeps resident memory where there is no cgroup: looks every 10 ms, from a thread that nothing else can hold up. */
export interface MemoryWatchdog {
  watch(pid: number): MemoryWatch
  close(): Promise<void>
}

export interface MemoryWatch {
  /** @param bytes of resident memory; more, at one look, and the process is killed */
  limit(bytes: number): void
  /** Whether the watchdog killed it. Settled once `end` has resolved. */
  killed(): boolean
  /** Stops looking; the number may then be somebody else's. */
  end(): Promise<void>
}

/** Started by the first limit: where there are cgroups there is none. */
export function createMemoryWatchdog(): MemoryWatchdog {
  let worker: Worker | undefined
  const watches = new Map<number, { killed: boolean; ended?: () => void }>()
  let last = 0
  const start = () => {
    const started = new Worker(new URL('./memory-watchdog-thread.ts', import.meta.url), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    })
    started.unref()
    started.on('message', (message: { killed: number } | { ended: number }) => {
      if ('killed' in message) {
        const watch = watches.get(message.killed)
        if (watch !== undefined) watch.killed = true
      } else watches.get(message.ended)?.ended?.()
    })
    return started
  }
  return {
    watch: (pid) => {
      last += 1
      const id = last
      const state: { killed: boolean; ended?: () => void } = { killed: false }
      let limited = false
      return {
        limit: (bytes) => {
          limited = true
          watches.set(id, state)
          worker ??= start()
          worker.postMessage({ id, pid, bytes })
        },
        killed: () => state.killed,
        end: async () => {
          if (!limited || worker === undefined) return
          await new Promise<void>((resolve) => {
            state.ended = resolve
            worker?.postMessage({ id, end: true })
          })
          watches.delete(id)
        },
      }
    },
    close: async () => {
      for (const { ended } of watches.values()) ended?.()
      await worker?.terminate()
      worker = undefined
    },
  }
}
