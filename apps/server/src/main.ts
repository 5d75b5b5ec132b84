import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { composeServer } from './compose.ts'
import {
  demonstrationWanted,
  ensureOwner,
  firstSignInLink,
  performDemonstration,
  writeCommandAccess,
} from './first-start.ts'
import type { VerifiedJourney } from './first-start.ts'
import { readConfig } from './kernel/config.ts'
import type { Config } from './kernel/config.ts'
import { Fault } from './kernel/fault.ts'
import { holdFolder } from './kernel/hold-folder.ts'
import { createLogger } from './kernel/log.ts'
import { openAtDevelopment } from './sandbox/index.ts'
import type { Sandbox, SandboxLevel } from './sandbox/index.ts'
import { createMetrics, createSurface } from './surface/index.ts'

/** Starts the server, and at its very first start the demonstration. Results go to standard output, logs to standard error. */
async function main(): Promise<void> {
  const startedAt = performance.now()
  // Nobody may read what we say, as in `npm start | head`; that is no reason to stop serving.
  process.stdout.on('error', () => undefined)
  const config = readConfig(process.env, process.cwd())
  const { version } = JSON.parse(
    await readFile(new URL('../../../package.json', import.meta.url), 'utf8'),
  ) as { version: string }
  say(`Switchboard ${version}`)
  using _held = holdFolder(config.data)
  const log = createLogger(config.logLevel)
  const metrics = createMetrics()
  const server = await composeServer({ config, version, log, metrics })
  const surface = createSurface({
    gate: server.gate,
    config: {
      host: config.host,
      port: config.port,
      scheme: config.scheme,
      hosts: config.hosts.split(',').filter((name) => name !== ''),
      version,
      consoleFolder: fileURLToPath(new URL('../../web/dist', import.meta.url)),
      metricsAnywhere: config.metricsAnywhere,
      shutdownSeconds: config.shutdownSeconds,
    },
    log,
    metrics,
    tiles: server.evidence.published,
    health: {
      ready: async () => ({
        store: await server.database.read
          .selectFrom('schema_migrations' as never)
          .selectAll()
          .limit(1)
          .execute()
          .then(() => true),
        log: server.evidence.fault() === undefined,
        sandbox: server.sandbox.stats().runners > 0,
      }),
      facts: () => ({ witnessed: server.evidence.witnessed() }),
    },
    events: {
      subscribe: (run, after, push) =>
        server.plugins.follow(run, after, (event) => push(event === 'end' ? { end: true } : { line: event })),
    },
  })
  const wanted = config.demo ? await demonstrationWanted(server) : false
  const url = await surface.listen().catch(async (cause: unknown) => {
    await server.close()
    throw cannotListen(config, cause)
  })
  const stop = stopOnce(async () => {
    await surface.close()
    await server.close()
  })

  const owner = await ensureOwner(server)
  await writeCommandAccess(server, owner, { folder: config.data, url })
  sayState({ server, url, seconds: (performance.now() - startedAt) / 1000 })
  if (wanted) {
    say('First start: a labelled demonstration, acting as its own people, never as you.')
    const demonstration = await performDemonstration(server, {
      owner,
      url,
      onStep: (step) => say(`  · ${step}`),
    })
    sayJourney(demonstration)
    say(
      `First start took ${seconds(performance.now() - startedAt)}; remove the demonstration with: npx switchboard demo remove`,
    )
  }
  const link = await firstSignInLink(server, owner, url)
  if (link !== undefined) say(`Sign in once (15 minutes): ${link}`)
  const home = surface.home === '/app/' ? 'the console' : 'the console was not built; what this server can do'
  say(`Ready at ${url}  ·  ${home}: ${url}${surface.home}  ·  stop with Ctrl+C`)
  await stop
}

function sayState({
  server,
  url,
  seconds: took,
}: {
  server: Awaited<ReturnType<typeof composeServer>>
  url: string
  seconds: number
}): void {
  const { config, database, sandbox, evidence, recovered } = server
  say(`Started in ${took.toFixed(2)} s at ${url}`)
  say(
    `  state      ${database.dialect === 'sqlite' ? `SQLite in ${config.data}; nothing leaves this machine` : `PostgreSQL at ${new URL(config.database).host}; keys, packages and tiles in ${config.data}`}`,
  )
  for (const line of describeSandbox(sandbox)) say(line)
  for (const line of describeOutside(config)) say(line)
  say(`  log        ${receipts(evidence.logSize())} under ${evidence.keyName}`)
  if (recovered.unknown > 0)
    say(
      `  recovered  ${recovered.unknown} effects whose outcome is unknown, each with a receipt that says so`,
    )
  if (recovered.resumed > 0) say(`  resumed    ${recovered.resumed} approved operations`)
}

/** Only what was changed is said; of the proxy its host alone, for its address may hold a password. */
function describeOutside({ netOpen, netProxy }: Config): readonly string[] {
  const proxy = URL.parse(netProxy)?.host
  return [
    ...(netOpen === '' ? [] : [`  outside    opened for plugins, once granted: ${netOpen}`]),
    ...(proxy === undefined ? [] : [`  outside    through the proxy ${proxy}`]),
  ]
}

/** Below `full` it is loud: what is missing, and the one line that mends it. */
function describeSandbox({ level, mend }: Sandbox): readonly string[] {
  return [
    `  sandbox    level ${level}${sandboxLevels[level]}`,
    ...(level === 'development' ? [`             not protected: ${openAtDevelopment}`] : []),
    ...(mend === undefined ? [] : [`             for more: ${mend}`]),
  ]
}

const sandboxLevels: Readonly<Record<SandboxLevel, string>> = {
  none: '',
  full: ': namespaces, system calls and memory of every plugin process are held by the kernel',
  reduced:
    ': files and system calls are held by the kernel, there are no namespaces; unreviewed code needs full',
  development: ': NO JAIL. Run only code that you have reviewed',
}

/** Only what the verifier found in the receipts is said, so that the summary is evidence and not a claim. */
function sayJourney({ ok, summary, folder }: VerifiedJourney & { folder: string }): void {
  say('The journey, as a verifier reads it from the receipts alone:')
  const facts = {
    'entities found': summary.entities ?? 'redacted',
    runs: summary.runs,
    calls: summary.calls,
    cost: `${summary.costMicros} µ`,
    receipts: summary.receipts,
    'log size': summary.logSize ?? 'unknown',
    'sandbox level': summary.sandboxLevels.filter((level) => level !== 'none').join(', ') || 'none',
  }
  for (const [name, value] of Object.entries(facts))
    say(`  ${name.padEnd(18)}${typeof value === 'number' ? value.toLocaleString('en') : value}`)
  say(`  verified offline: ${ok ? 'yes' : 'NO'}   (${folder}/journey.bundle)`)
}

function cannotListen({ host, port }: { host: string; port: number }, cause: unknown): unknown {
  if (!(cause instanceof Error && 'code' in cause)) return cause
  const why = cause.code === 'EADDRINUSE' ? 'something else listens there' : String(cause.code)
  return new Fault(
    'cannot_listen',
    `Cannot listen on ${host}:${port}: ${why}. Choose another with SWITCHBOARD_HOST and SWITCHBOARD_PORT.`,
    {
      retryable: true,
      cause,
    },
  )
}

/** Resolves when the process was told to stop and everything under way has been put down. */
function stopOnce(close: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false
    const stop = (): void => {
      if (stopping) return
      stopping = true
      say('Stopping …')
      close().then(resolve, reject)
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}

function receipts(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'receipt' : 'receipts'}`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Fault)) throw error
  process.stderr.write(`${error.message} (${error.code})\n`)
  process.exitCode = 1
}
