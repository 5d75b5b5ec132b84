import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Order, Word } from './crash-server.ts'
import { within } from './running-server.ts'

const script = fileURLToPath(new URL('crash-server.ts', import.meta.url))

export interface CrashServer extends AsyncDisposable {
  readonly logKey: string
  readonly organisation: string
  /** Intents that this start found without an outcome. */
  readonly unknown: number
  /** Performs an operation; 'died' when it was told to and did. */
  perform(order: Order): Promise<Extract<Word, { kind: 'answer' }> | 'died'>
}

/** Starts the server that can be told where to die; resolves when it has mended what an earlier one left. */
export async function startCrashServer(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CrashServer> {
  const child = fork(script, [folder], {
    execArgv: ['--no-node-snapshot', '--disable-warning=ExperimentalWarning'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  const killOnExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killOnExit)
  let logged = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (logged += text))
  const died = new Promise<'died'>((resolve) => {
    child.once('exit', () => {
      process.off('exit', killOnExit)
      resolve('died')
    })
  })
  const next = (): Promise<Word | 'died'> =>
    within(
      Promise.race([
        died,
        new Promise<Word>((resolve) => child.once('message', (word: Word) => resolve(word))),
      ]),
      60,
      'No word',
    )

  const ready = await next()
  if (ready === 'died' || ready.kind !== 'ready') throw new Error(`The server did not start:\n${logged}`)
  return {
    logKey: ready.logKey,
    organisation: ready.organisation,
    unknown: ready.unknown,
    async perform(order) {
      const answer = next()
      child.send(order)
      const word = await answer
      if (word === 'died') {
        if (order.dieAt === undefined) throw new Error(`The server ended by itself:\n${logged}`)
        return word
      }
      if (word.kind !== 'answer') throw new Error('An answer was due.')
      return word
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await within(died, 10, 'The server did not end')
    },
  }
}
