import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What no program may reach: a host file, a secret of the environment, a listener, a place to write. */
export interface Canaries {
  /** Told to every program: where to look, as if it had guessed. */
  readonly args: { readonly file: string; readonly marker: string; readonly port: number }
  readonly fileSecret: string
  readonly environment: { readonly SWITCHBOARD_CANARY: string }
  /** Which of them `text` gives away, or that something was written or connected to. */
  hits(text: string): readonly string[]
  close(): Promise<void>
}

export async function plantCanaries(): Promise<Canaries> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-canary-'))
  const fileSecret = `file-${randomUUID()}`
  const SWITCHBOARD_CANARY = `environment-${randomUUID()}`
  const file = join(folder, 'secret')
  const marker = join(folder, 'written')
  // Readable by everybody: that it is not read must be the sandbox's doing.
  await writeFile(file, fileSecret, { mode: 0o644 })
  let connections = 0
  const listener = createServer((socket) => {
    connections += 1
    socket.on('error', () => {
      // Whoever connected may be killed at any moment.
    })
    socket.resume()
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  return {
    args: { file, marker, port },
    fileSecret,
    environment: { SWITCHBOARD_CANARY },
    hits: (text) => [
      ...(text.includes(fileSecret) ? ['the host file was read'] : []),
      ...(text.includes(SWITCHBOARD_CANARY) ? ['the environment was read'] : []),
      ...(existsSync(marker) ? ['a file was written'] : []),
      ...(connections > 0 ? ['the listener was reached'] : []),
    ],
    async close() {
      await new Promise((resolve) => listener.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}
