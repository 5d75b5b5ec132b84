// @ts-check
import { Worker } from 'node:worker_threads'

// The main thread ends the process when descriptor 3 closes. Should it be kept busy (a flood of posts) at the moment
// the host dies, this thread still sees the parent change. One thread, about 8 MB, started after `ready`.
const source = `
const { workerData } = require('node:worker_threads')
setInterval(() => {
  if (process.ppid === workerData) return
  process.kill(process.pid, 'SIGKILL')
  process.abort()
}, 250)
`

export function startWatchdog() {
  const worker = new Worker(source, {
    eval: true,
    workerData: process.ppid,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  })
  worker.unref()
}
