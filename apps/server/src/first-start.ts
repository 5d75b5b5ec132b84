import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OperationByName, OperationName, OutputOf } from '@switchboard/api'
import type { Server } from './compose.ts'
import {
  demoOrganisationName,
  demoPeople,
  packSamplesAside,
  performJourney,
  readPackage,
} from './demo/index.ts'
import type { DemoPerson, PerformAs, SamplePackages, SignedPackages } from './demo/index.ts'
import type { Caller } from './gate/index.ts'
import { Fault } from './kernel/fault.ts'
import type { OrganisationId, UserId } from './kernel/ids.ts'

const cli = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
const everyRole = ['administrator', 'analyst', 'reviewer', 'auditor', 'finops'] as const
const tokenHours = 8760

/** Performs an operation as somebody the server itself names, and insists on a value. */
async function perform<N extends OperationName>(
  server: Server,
  caller: Caller,
  operation: N,
  input: unknown,
): Promise<OutputOf<OperationByName<N>>> {
  const { outcome } = await server.gate.perform({ operation, input, caller })
  if (outcome.ok) return outcome.value as OutputOf<OperationByName<N>>
  throw new Fault('first_start_refused', `${operation} was refused: ${outcome.denial.message}`, {
    retryable: false,
  })
}

/** The visitor's organisation and its owner; made once, found again at later starts. */
export async function ensureOwner(server: Server): Promise<{ organisation: OrganisationId; user: UserId }> {
  return await server.database.writer.transact({ by: 'bootstrap' }, async (tx) => {
    const organisation = await server.identity.ensureOrganisation(tx, {
      name: server.config.organisation,
      demo: false,
    })
    const owner = await server.identity.ensureUser(tx, {
      organisation,
      name: 'Owner',
      roles: everyRole,
      demo: false,
    })
    return { organisation, user: owner.id }
  })
}

/** The address and token by which the command on this machine finds the server, readable by its owner alone. */
export async function writeCommandAccess(
  server: Server,
  owner: { organisation: OrganisationId; user: UserId },
  access: { folder: string; url: string },
): Promise<void> {
  const path = join(access.folder, 'cli.json')
  const known = await keptToken(path)
  const usable =
    known !== undefined &&
    (await server.identity.authenticate({ kind: 'token', secret: known }, server.clock())).ok
  const token = usable
    ? known
    : (
        await perform(server, { kind: 'user', ...owner }, 'token.create', {
          name: 'command on this machine',
          scopes: ['*'],
          hours: tokenHours,
        })
      ).secret
  await mkdir(access.folder, { recursive: true, mode: 0o700 })
  const temporary = `${path}.new`
  await writeFile(temporary, `${JSON.stringify({ url: access.url, token }, null, 2)}\n`, { mode: 0o600 })
  await rename(temporary, path)
}

/** The token of an earlier start; undefined when there is none, or somebody has edited the file beyond use. */
async function keptToken(path: string): Promise<string | undefined> {
  if (!existsSync(path)) return undefined
  try {
    const kept: unknown = JSON.parse(await readFile(path, 'utf8'))
    const token = typeof kept === 'object' && kept !== null && 'token' in kept ? kept.token : undefined
    return typeof token === 'string' ? token : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A one-time link for the owner, until somebody has signed in. */
export async function firstSignInLink(
  server: Server,
  owner: { organisation: OrganisationId; user: UserId },
  url: string,
): Promise<string | undefined> {
  if (await server.identity.hasSignedIn(server.database.read, owner.organisation)) return undefined
  const { secret } = await server.database.writer.transact({ by: 'bootstrap' }, (tx) =>
    server.identity.issueSignInLink(tx, { id: owner.user, organisation: owner.organisation }),
  )
  return `${url}/sign-in#secret=${secret}`
}

/** What the verifier process, which knows nothing of the server, says of the journey's bundle. */
export interface VerifiedJourney {
  readonly ok: boolean
  readonly summary: {
    readonly entities?: number
    readonly runs: number
    readonly calls: number
    readonly costMicros: string
    readonly receipts: number
    readonly logSize?: number
    readonly sandboxLevels: readonly string[]
  }
}

const marker = 'finished'

/** At the very first start, and again when an earlier one was cut short: what it had made is taken away before. */
export async function demonstrationWanted(server: Server): Promise<boolean> {
  const folder = join(server.config.data, 'demo')
  const started = existsSync(folder)
  if (!started) return server.evidence.logSize() + (await server.evidence.pendingCount()) === 0
  return !existsSync(join(folder, marker))
}

/**
 * The demonstration: its own organisation and people, the samples packed and signed, the journey performed, and its
 * evidence verified by a process of its own. The visitor's organisation gets the same packages on its shelf, uninstalled, and
 * the hostile ones, to see them held.
 */
export async function performDemonstration(
  server: Server,
  visit: {
    readonly owner: { organisation: OrganisationId }
    readonly url: string
    readonly onStep: (step: string) => void
  },
): Promise<VerifiedJourney & { readonly folder: string }> {
  const { owner, url, onStep } = visit
  const folder = join(server.config.data, 'demo')
  if (existsSync(folder)) {
    onStep('taking away what a start that was cut short had made')
    await perform(server, { kind: 'system', organisation: owner.organisation }, 'demo.remove', {})
  }
  // There before anything else is: by this folder the next start knows that a demonstration was begun.
  await mkdir(join(folder, 'packages'), { recursive: true, mode: 0o700 })
  onStep('packing and signing the samples on this machine, while the next step goes on')
  const packing = packSamplesAside(join(folder, 'packages'))

  const people = await ensureDemoPeople(server)
  const performAs: PerformAs = (person, operation, input) =>
    perform(
      server,
      { kind: 'user', organisation: people.organisation, user: people.users[person] },
      operation,
      input,
    )
  const journey = await performJourney({ perform: performAs, packages: packing, onStep })
  const packages = await packing

  await writeFile(join(folder, 'journey.bundle'), journey.bundle, { mode: 0o600 })
  await writeFile(join(folder, 'checkpoint.txt'), journey.checkpoint)
  await writeFile(join(folder, 'log.vkey'), `${server.evidence.logKey}\n`)
  await writeFile(join(folder, 'publisher.pem'), packages.publisher.publicKeyPem)
  await writeFile(join(folder, 'hostile-publisher.pem'), packages.hostile.publisher.publicKeyPem)
  await writeCommandAccess(
    server,
    { organisation: people.organisation, user: people.users.analyst },
    { folder, url },
  )
  await shelve(server, owner.organisation, packages)
  onStep('verifying the bundle in a process of its own')
  const verified = await verifyInProcessOfItsOwn(folder)
  await writeFile(join(folder, marker), '')
  return { ...verified, folder }
}

/** Puts the samples into the visitor's catalogue, as the server's own first start: nothing is installed or granted. */
async function shelve(server: Server, organisation: OrganisationId, packages: SamplePackages): Promise<void> {
  const system: Caller = { kind: 'system', organisation }
  if ((await perform(server, system, 'plugin.list', {})).rows.length > 0) return
  const shelf: readonly SignedPackages[] = [packages, packages.hostile]
  for (const { publisher, files } of shelf) {
    await perform(server, system, 'publisher.trust', {
      publisher: publisher.name,
      key: publisher.publicKeyPem,
    })
    for (const { path } of files)
      await perform(server, system, 'package.add', { content: await readPackage(path) })
  }
}

async function ensureDemoPeople(
  server: Server,
): Promise<{ organisation: OrganisationId; users: Record<DemoPerson, UserId> }> {
  return await server.database.writer.transact({ by: 'bootstrap' }, async (tx) => {
    const organisation = await server.identity.ensureOrganisation(tx, {
      name: demoOrganisationName,
      demo: true,
    })
    const idOf = async (person: DemoPerson): Promise<UserId> =>
      (await server.identity.ensureUser(tx, { organisation, ...demoPeople[person], demo: true })).id
    const users = {
      administrator: await idOf('administrator'),
      analyst: await idOf('analyst'),
      reviewer: await idOf('reviewer'),
    }
    return { organisation, users }
  })
}

function verifyInProcessOfItsOwn(folder: string): Promise<VerifiedJourney> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    cli,
    'verify',
    join(folder, 'journey.bundle'),
    '--key',
    join(folder, 'log.vkey'),
    '--publisher-key',
    join(folder, 'publisher.pem'),
    '--checkpoint',
    join(folder, 'checkpoint.txt'),
    '--json',
  ]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      try {
        resolve(JSON.parse(stdout) as VerifiedJourney)
      } catch {
        reject(
          new Fault('verifier_failed', 'The verifier process gave no report.', {
            retryable: true,
            cause: error,
          }),
        )
      }
    })
  })
}
