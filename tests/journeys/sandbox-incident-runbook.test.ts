import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import type { CommandResult } from '../support/command.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'
import { buildPackage, testPublisher } from '../support/test-package.ts'

const runbook = resolve(import.meta.dirname, '../../docs/runbooks/sandbox-incident.md')

/** Exit codes of what is expected to be refused. */
const forbidden = 11
const unavailable = 18

test(
  'the runbook of a sandbox incident, followed command by command on a started server, stops, keeps, verifies and releases',
  { timeout: 600_000 },
  async () => {
    await using work = await temporaryFolder()
    await using server = await startServer()
    const as = (data: string, ...args: string[]): Promise<CommandResult> =>
      runCommand(args, { folder: work.path, data })
    const owner = (...args: string[]): Promise<CommandResult> => as(server.folder, ...args)
    async function done<T>(...args: string[]): Promise<T> {
      const result = await owner(...args, '--json')
      assert.equal(result.code, 0, `switchboard ${args.join(' ')}: ${result.out}${result.err}`)
      return result.json<T>()
    }

    // Somebody else who could lift what the owner stops.
    const bea = join(work.path, 'bea')
    const { secret } = await done<{ secret: string }>('user', 'invite', 'Bea', '--roles', 'reviewer')
    assert.equal((await as(bea, 'sign-in', `${await server.ready}/sign-in#secret=${secret}`)).code, 0)

    const culprit = await buildPackage({
      name: 'culprit',
      code: "console.log('who is there'); await api.graph.search({ q: 'x', limit: 1 }).catch(() => {}); return { ok: true }",
      manifest: { capabilities: { graph: ['read'], network: false } },
    })
    await writeFile(join(work.path, 'culprit.sbp'), culprit)
    await writeFile(join(work.path, 'publisher.pem'), testPublisher.publicKeyPem)
    await done('publisher', 'trust', 'Test publisher', '@publisher.pem')
    await done('plugin', 'add', 'culprit.sbp')
    assert.equal((await as(bea, 'plugin', 'review', 'culprit', '--note', 'looked harmless')).code, 0)
    await done('plugin', 'install', 'culprit')
    const { id: caseId } = await done<{ id: string }>('case', 'create', 'A case', '--note', 'nothing')
    const { runId } = await done<{ runId: string }>('plugin', 'run', 'culprit', '--case', caseId)
    const { logKey } = await done<{ logKey: string }>('status')

    const words: Readonly<Record<string, string>> = {
      PACKAGE: 'culprit',
      RUN: runId,
      CASE: caseId,
      LOGKEY: logKey,
      PUBLISHERKEY: 'publisher.pem',
    }
    const commands = commandsOf(await readFile(runbook, 'utf8'), words)
    assert.ok(commands.length >= 14, `only ${commands.length} commands were found`)
    const lifting = new Set(['plugin release', 'sandbox resume'])
    for (const { args, into } of commands) {
      const name = args.slice(0, 2).join(' ')
      if (lifting.has(name)) {
        const own = await owner(...args)
        assert.equal(own.code, forbidden, `whoever stopped it may lift it: ${own.out}`)
        assert.match(own.err, /second-person-lifts|Whoever holds/)
      }
      const result = await (lifting.has(name) ? as(bea, ...args) : owner(...args))
      assert.equal(result.code, 0, `switchboard ${args.join(' ')}: ${result.out}${result.err}`)
      if (into !== undefined) await writeFile(join(work.path, into), result.out)
      await after(name, result)
    }

    /** What each command has to have brought about. */
    async function after(name: string, result: CommandResult): Promise<void> {
      const run = (): Promise<CommandResult> => owner('plugin', 'run', 'culprit')
      switch (name) {
        case 'plugin quarantine': {
          const refused = await run()
          assert.equal(refused.code, forbidden)
          assert.match(refused.err, /Owner put culprit into quarantine .*asks for hosts/)
          const tidied = await owner('plugin', 'uninstall', 'culprit', '--forget')
          assert.match(tidied.err, /package_quarantined/)
          return
        }
        case 'sandbox stop': {
          const refused = await run()
          assert.equal(refused.code, unavailable, refused.err)
          assert.match(refused.err, /Owner stopped the sandbox .*unknown plugin beacons/)
          return
        }
        case 'verify':
        case 'verify incident.bundle':
          assert.match(result.out, /GREEN/)
          assert.match(result.out, /plugin\.quarantine culprit/)
          return
        case 'sandbox resume':
          assert.match((await run()).err, /package_quarantined/)
          return
        case 'plugin uninstall':
          assert.match(result.out, /removed/)
          return
        default:
      }
    }
    const kept = async (file: string) =>
      JSON.parse(await readFile(join(work.path, file), 'utf8')) as Record<string, unknown>
    assert.match(JSON.stringify(await kept('log.json')), /who is there/)
    assert.match(JSON.stringify(await kept('status.json')), /unknown plugin beacons/)
    assert.match(JSON.stringify(await kept('run.json')), /CapabilityDenied/)
    assert.match(JSON.stringify(await kept('package.json')), /looked harmless/)
    assert.match(JSON.stringify(await kept('receipts.json')), /plugin\.quarantine/)
    assert.equal(((await kept('runs.json'))['rows'] as unknown[]).length, 1)
  },
)

interface RunbookCommand {
  readonly args: readonly string[]
  /** The file that its output goes to. */
  readonly into?: string
}

/** The commands in the document's shell blocks, with what is in capitals filled in. */
function commandsOf(text: string, words: Readonly<Record<string, string>>): readonly RunbookCommand[] {
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block = '']) => block.split('\n'))
    .filter((line) => line !== '')
    .map((line) => {
      const [call = '', into] = line.split(' > ')
      const [program, ...args] = [...call.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain ?? '',
      )
      assert.equal(program, 'switchboard', line)
      return { args: args.map((word) => words[word] ?? word), ...(into === undefined ? {} : { into }) }
    })
}
