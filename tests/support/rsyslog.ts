import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import type { TestAuthority } from './certificates.ts'
import { freePort } from './free-port.ts'

const program = ['/usr/sbin/rsyslogd', '/usr/local/sbin/rsyslogd'].find((path) => existsSync(path))
const tlsDriver = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'].find(
  (folder) => existsSync(join(folder, 'rsyslog/lmnsd_gtls.so')),
)

/** Why tests with a real receiver of syslog over TLS cannot run here; undefined when they can. */
export const noRsyslog =
  program === undefined || tlsDriver === undefined
    ? 'rsyslog with its TLS driver is not on this machine (Debian: rsyslog, rsyslog-gnutls)'
    : undefined

export interface Rsyslog {
  readonly port: number
  start(): Promise<void>
  /** Asks it to stop, as its service manager would, and waits until it has. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Messages that it has written, whole and in its order. */
  messages(): readonly string[]
}

/**
 * A real rsyslog that takes syslog over TLS on a free port of 127.0.0.1, for `host`, and writes each message as it came. Its queue
 * is direct: what it has read it has written.
 */
export async function rsyslogFor(t: TestContext, host: string, authority: TestAuthority): Promise<Rsyslog> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-rsyslog-'))
  const file = (name: string): string => join(folder, name)
  const { cert, key } = authority.certify([host])
  writeFileSync(file('ca.pem'), authority.pem)
  writeFileSync(file('cert.pem'), cert)
  writeFileSync(file('key.pem'), key)
  const port = await freePort()
  writeFileSync(
    file('rsyslog.conf'),
    `global(maxMessageSize="128k" workDirectory="${folder}" parser.escapeControlCharactersOnReceive="off"
  defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="${file('ca.pem')}"
  defaultNetstreamDriverCertFile="${file('cert.pem')}" defaultNetstreamDriverKeyFile="${file('key.pem')}")
main_queue(queue.type="Direct")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="raw" type="string" string="%rawmsg%\\n")
action(type="omfile" file="${file('received.log')}" template="raw")
`,
  )
  let child: ChildProcess | undefined

  async function stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  t.after(async () => {
    await stop('SIGKILL')
    rmSync(folder, { recursive: true })
  })
  return {
    port,
    stop,
    async start() {
      rmSync(file('rsyslog.pid'), { force: true })
      cutTornLine(file('received.log'))
      // At its start it closes every descriptor that there could be: where that is a million, it takes seconds.
      const words = ['-c', 'ulimit -n 1024; exec "$@"', 'rsyslog', program ?? '', '-n']
      child = spawn('/bin/sh', [...words, '-f', file('rsyslog.conf'), '-i', file('rsyslog.pid')], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let said = ''
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
      for (let attempt = 0; attempt < 600; attempt += 1) {
        if (child.exitCode !== null) throw new Error(`rsyslog did not start: ${said}`)
        if (await answers(port)) return
        await delay(50)
      }
      throw new Error(`rsyslog does not listen: ${said}`)
    },
    messages() {
      if (!existsSync(file('received.log'))) return []
      return readFileSync(file('received.log'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    },
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Who was killed in the middle of a message has not accepted it, and is sent it again: it must not go on in that line. */
function cutTornLine(path: string): void {
  if (!existsSync(path)) return
  const written = readFileSync(path)
  truncateSync(path, written.lastIndexOf('\n') + 1)
}
