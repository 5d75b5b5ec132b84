import { spawn } from 'node:child_process'

/** How to start a runner from another process than this one. */
export interface RunnerStart {
  readonly file: string
  readonly args: readonly string[]
  /** Opened for it, from descriptor 4 on. */
  readonly descriptors: readonly { readonly path: string; readonly flags: 'r' | 'r+' }[]
  /** Called when it is over. */
  end(): Promise<void>
}

const giveUpAfterMs = 30_000

/** A host in small: starts the runner, gives it its order, and waits to be killed. */
const hostSource = `
const { spawn } = require('node:child_process')
const { openSync } = require('node:fs')
const { file, args, descriptors, order } = JSON.parse(process.argv[1])
const open = descriptors.map(({ path, flags }) => openSync(path, flags))
const child = spawn(file, args, { cwd: '/', env: {}, detached: true, stdio: ['ignore', 'ignore', 'inherit', 'pipe', ...open] })
child.on('exit', (code, signal) => { console.error('ended: ' + code + ' ' + signal); process.exit(1) })
child.stdio[3].write(JSON.stringify(order) + '\\n')
`

/**
 * Whether a runner is still there after its host was killed, having done what it could to be.
 *
 * Runner and host share one pipe: its end is when both are gone, which no process number has to be trusted for.
 *
 * @throws when the runner does not start
 */
export async function outlive(start: RunnerStart, order: object, nodePath: string): Promise<boolean> {
  const { file, args, descriptors } = start
  const host = spawn(nodePath, ['--eval', hostSource, JSON.stringify({ file, args, descriptors, order })], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let failure = ''
  const late = setTimeout(() => host.stderr.destroy(new Error('it took too long')), giveUpAfterMs)
  host.on('error', (error) => (failure = error.message))
  try {
    let text = ''
    let killed = false
    for await (const chunk of host.stderr) {
      text += String(chunk)
      if (text.includes('survived')) return true
      if (killed || !text.includes('ready')) continue
      killed = true
      host.kill('SIGKILL')
    }
    if (!killed) throw new Error(`the runner did not start: ${failure}${text.trim().slice(-500)}`)
    return false
  } finally {
    clearTimeout(late)
    host.kill('SIGKILL')
    await start.end()
  }
}
