import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below what Linux, macOS and Windows give to whoever asks for any port, so that nobody gets it in the meantime. */
const [lowest, highest] = [10_000, 32_000]

/** A port of 127.0.0.1 that nobody listens on, for a program that has to be told one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    const server = createServer()
    try {
      const listening = once(server, 'listening')
      server.listen(port, '127.0.0.1')
      await listening
      const closed = once(server, 'close')
      server.close()
      await closed
      return port
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    }
  }
}
