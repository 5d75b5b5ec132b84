import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { CliIo } from './cli-io.ts'
import { exitCodes } from './exit-codes.ts'
import { UsageError } from './usage-error.ts'

const help = `switchboard sign-in LINK --data DIR [options]

Uses a one-time sign-in link up and keeps a token for its user, so that further commands with --data DIR act as them.
LINK is what the server printed, or URL/sign-in#secret=SECRET with the secret that switchboard user invite answered.

  --data DIR      where cli.json is kept, readable by you alone
  --hours HOURS   how long the token lasts; 24 when left out
`

/** `switchboard sign-in`: a link becomes a session, the session a token, the token a file that only its owner reads. */
export async function signInCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: {
      data: { type: 'string' },
      hours: { type: 'string', default: '24' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  })
  if (values.help === true) {
    io.stdout.write(help)
    return exitCodes.done
  }
  const link = positionals[0] ?? ''
  const folder = values.data ?? io.env['SWITCHBOARD_DATA']
  const secret = URL.canParse(link) ? new URLSearchParams(new URL(link).hash.slice(1)).get('secret') : null
  if (secret === null) throw new UsageError('Missing: a LINK such as http://127.0.0.1:4000/sign-in#secret=….')
  if (folder === undefined) throw new UsageError('Missing: --data DIR, where the token is kept.')
  if (!/^[0-9]{1,4}$/.test(values.hours))
    throw new UsageError('--hours wants a number of hours, at most 8760.')

  const { origin } = new URL(link)
  const session = await post<{ user: { name: string } }>(io, `${origin}/session`, { secret })
  if ('refused' in session) return refused(io, session.refused)
  const token = await post<{ secret: string }>(
    io,
    `${origin}/tokens`,
    { name: 'command', scopes: ['*'], hours: Number(values.hours) },
    // A session is a cookie, and a cookie must come from the server's own page.
    { cookie: session.cookie, origin },
  )
  if ('refused' in token) return refused(io, token.refused)

  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'cli.json')
  await writeFile(
    `${file}.new`,
    `${JSON.stringify({ url: origin, token: token.answer.secret }, null, 2)}\n`,
    { mode: 0o600 },
  )
  await rename(`${file}.new`, file)
  io.stdout.write(
    `Signed in as ${session.answer.user.name}; further commands with --data ${folder} act as them.\n`,
  )
  return exitCodes.done
}

async function post<T>(
  io: CliIo,
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly answer: T; readonly cookie: string } | { readonly refused: string }> {
  let response: Response
  try {
    response = await io.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  } catch {
    throw new UsageError(`The server at ${new URL(url).origin} does not answer.`)
  }
  const answer = (await response.json()) as T & { readonly message?: string; readonly change?: string }
  // What a browser would send back of the cookie: its name and value.
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  return response.ok
    ? { answer, cookie }
    : { refused: `${answer.message ?? response.statusText}\n${answer.change ?? ''}` }
}

function refused(io: CliIo, why: string): number {
  io.stderr.write(`${why.trim()}\n`)
  return exitCodes.refused
}
