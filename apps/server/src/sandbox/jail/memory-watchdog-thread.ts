import { parentPort } from 'node:worker_threads'
import { openProcessUsage } from '../process-usage.ts'

const lookEveryMs = 10

interface Watched {
  readonly pid: number
  readonly usage: NonNullable<ReturnType<typeof openProcessUsage>>
  bytes: number
}

type Message = { id: number; pid: number; bytes: number } | { id: number; end: true }

const watched = new Map<number, Watched>()
let timer: NodeJS.Timeout | undefined

parentPort?.on('message', (message: Message) => {
  const known = watched.get(message.id)
  if ('end' in message) {
    known?.usage.close()
    watched.delete(message.id)
    parentPort?.postMessage({ ended: message.id })
  } else if (known !== undefined) known.bytes = message.bytes
  else {
    const usage = openProcessUsage(message.pid)
    if (usage !== undefined) watched.set(message.id, { pid: message.pid, usage, bytes: message.bytes })
  }
  if (watched.size > 0) timer ??= setInterval(look, lookEveryMs)
  else {
    clearInterval(timer)
    timer = undefined
  }
})

function look(): void {
  for (const [id, { pid, usage, bytes }] of watched) {
    // The descriptor means this process and no other; one that is gone answers undefined.
    const now = usage.read()
    if (now === undefined || now.residentBytes <= bytes) continue
    try {
      process.kill(pid, 'SIGKILL')
      parentPort?.postMessage({ killed: id })
    } catch {
      // It ended by itself in between.
    }
  }
}
