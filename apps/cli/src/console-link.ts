import { parseArgs } from 'node:util'
import { createClient } from '@switchboard/api'
import type { CliIo } from './cli-io.ts'
import { exitCodeByCategory, exitCodes } from './exit-codes.ts'
import { findServer } from './find-server.ts'
import { printDenial } from './print/print-denial.ts'
import { UsageError } from './usage-error.ts'

const help = `switchboard console [options]

Prints a link that opens the console in a browser, signed in as whom this command acts for. It works once, for 15 minutes.
Making sign-in links is an administrator's right.

  --data DIR      where cli.json is kept
  --url URL       the server; with --token or SWITCHBOARD_TOKEN
  --token TOKEN
`

/** `switchboard console`: a fresh one-time link for the person of the token in use, which the browser turns into a session. */
export async function consoleCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const options = optionsOf(argv)
  if (options.help === true) {
    io.stdout.write(help)
    return exitCodes.done
  }
  const { url, token } = await findServer(options, io)
  const client = createClient({ baseUrl: url, fetch: io.fetch, ...(token === undefined ? {} : { token }) })
  const self = await client.perform('user.self', {})
  if (!self.ok) {
    printDenial(self, io, false)
    return exitCodeByCategory[self.denial.category]
  }
  // Somebody who is there already, with the same roles, is given a link and nothing else changes.
  const { name, roles } = self.value
  const invited = await client.perform('user.invite', { name, roles })
  if (!invited.ok) {
    printDenial(invited, io, false)
    return exitCodeByCategory[invited.denial.category]
  }
  io.stdout.write(`${url}/sign-in#secret=${invited.value.secret}\n`)
  return exitCodes.done
}

function optionsOf(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        data: { type: 'string' },
        url: { type: 'string' },
        token: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
