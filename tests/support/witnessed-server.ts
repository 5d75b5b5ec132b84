import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { runCommand } from './command.ts'
import { clientOf } from './http-client.ts'
import { startServer } from './running-server.ts'
import type { RunningServer } from './running-server.ts'

/** What `checkpoint.read` says of the standard log. */
export interface WitnessedLog {
  readonly origin: string
  readonly size: number
  readonly checkpoint: string
  readonly witnessed: boolean
  readonly conflict: string
  readonly cosigned: string
  readonly cosignedSize: number
  readonly witnesses: readonly {
    readonly name: string
    readonly state: string
    readonly size: number
    readonly at: number
    readonly why: string
  }[]
}

/** Makes a witness in `folder`/`name`; answers its folder and its verifier key. */
export async function makeWitness(folder: string, name: string): Promise<{ state: string; vkey: string }> {
  const made = await runCommand(['witness', 'init', '--state', name, '--name', `${name}.example`, '--json'], {
    folder,
  })
  return { state: join(folder, name), vkey: made.json<{ vkey: string }>().vkey }
}

/** Starts a server on `data` with these witnesses (`URL=vkey`). */
export async function startWitnessed(
  data: string,
  witnesses: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  await mkdir(data, { recursive: true })
  return await startServer({
    folder: data,
    env: { SWITCHBOARD_WITNESSES: witnesses.join(','), SWITCHBOARD_RUNNERS: '1', ...env },
  })
}

/** One more receipt in the standard log. */
export async function addReceipt(server: RunningServer, title = 'a case'): Promise<void> {
  const ask = await clientOf(server)
  const { status, body } = await ask('POST', '/cases', { title })
  if (status !== 200) throw new Error(`POST /cases: ${status} ${JSON.stringify(body)}`)
}

export async function readLog(server: RunningServer): Promise<WitnessedLog> {
  const ask = await clientOf(server)
  const { body } = await ask('GET', '/evidence/checkpoint')
  const logs = body.logs as (WitnessedLog & { class: string })[]
  const log = logs.find((each) => each.class === 'standard')
  const witnesses = body.witnesses as (WitnessedLog['witnesses'][number] & { class: string })[]
  if (log === undefined) throw new Error(`no standard log: ${JSON.stringify(body)}`)
  return { ...log, witnesses: witnesses.filter((each) => each.class === 'standard') }
}

/** Asks until the log is as wished; what is awaited happens in the background and has no event outside. */
export async function untilLog(
  server: RunningServer,
  what: string,
  isSo: (log: WitnessedLog) => boolean,
): Promise<WitnessedLog> {
  let log = await readLog(server)
  for (let asked = 0; !isSo(log); asked += 1) {
    if (asked === 600)
      throw new Error(
        `The log did not become ${what}: ${JSON.stringify(log, undefined, 2)}\n${server.logged()}`,
      )
    await delay(100)
    log = await readLog(server)
  }
  return log
}

export async function readiness(server: RunningServer): Promise<{ ready: boolean; witnessed: string }> {
  return (await (await fetch(`${await server.ready}/readyz`)).json()) as { ready: boolean; witnessed: string }
}

/** The value of one line of the metrics. */
export async function metric(server: RunningServer, name: string): Promise<number> {
  const text = await (await fetch(`${await server.ready}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1) ?? Number.NaN)
}
