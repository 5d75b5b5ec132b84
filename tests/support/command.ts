import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../apps/cli/bin/switchboard.mjs', import.meta.url))
const mostSeconds = 60

export interface CommandResult {
  readonly code: number
  readonly out: string
  readonly err: string
  /** Standard output (or error, when that is empty) as JSON. */
  json<T = Record<string, unknown>>(): T
}

/**
 * Runs the real `switchboard` command as a process of its own.
 *
 * @param folder where it runs: file arguments are relative to it.
 * @param data the server's data folder, where the command finds address and token.
 */
export async function runCommand(
  args: readonly string[],
  where: { readonly folder: string; readonly data?: string },
): Promise<CommandResult> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    ...(where.data === undefined ? {} : { SWITCHBOARD_DATA: where.data }),
  }
  const options = {
    cwd: where.folder,
    env,
    timeout: mostSeconds * 1000,
    maxBuffer: 256 * 1024 * 1024,
    encoding: 'utf8',
  } as const
  return await new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', cli, ...args],
      options,
      (error, out, err) => {
        if (error !== null && typeof error.code !== 'number') {
          return reject(new Error(`switchboard ${args.join(' ')} did not end by itself.`, { cause: error }))
        }
        resolve({
          code: error === null ? 0 : Number(error.code),
          out,
          err,
          json: <T>() => JSON.parse(out === '' ? err : out) as T,
        })
      },
    )
  })
}
