import assert from 'node:assert/strict'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'
import type { CommandResult } from '../support/command.ts'
import { clientOf } from '../support/http-client.ts'
import { temporaryFolder } from '../support/running-server.ts'
import type { RunningServer } from '../support/running-server.ts'
import { startWitness } from '../support/running-witness.ts'
import type { RunningWitness } from '../support/running-witness.ts'
import { addReceipt, readiness, readLog, startWitnessed, untilLog } from '../support/witnessed-server.ts'

const docs = resolve(import.meta.dirname, '../../docs')

/** The lines of a document's shell blocks, with what is in capitals filled in. */
async function linesOf(
  document: string,
  words: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const text = await readFile(join(docs, document), 'utf8')
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block = '']) => block.split('\n'))
    .filter((line) => line !== '')
    .map((line) => Object.entries(words).reduce((so, [word, value]) => so.replaceAll(word, value), line))
}

const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

/** The address and the log keys among the arguments of `witness serve`. */
function serveWith(line: string): { listen: string; keys: string[] } {
  const words = wordsOf(line)
  const after = (option: string): string[] => words.filter((_, at) => words[at - 1] === option)
  return { listen: after('--listen')[0] ?? '', keys: after('--log') }
}

async function keyOfNewLog(data: string): Promise<string> {
  await using server = await startWitnessed(data, [])
  await addReceipt(server)
  const ask = await clientOf(server)
  const key = (await ask('GET', '/status')).body.logKey as string
  await server.stop()
  return key
}

test(
  'the guide to a witness, followed line by line, ends in a log that is witnessed',
  { timeout: 240_000 },
  async () => {
    await using work = await temporaryFolder()
    const data = join(work.path, 'data')
    const words: Record<string, string> = {
      WITNESSDIR: join(work.path, 'w1'),
      WITNESSPORT: '0',
      LOGKEY: await keyOfNewLog(data),
    }
    let witness: RunningWitness | undefined
    let server: RunningServer | undefined
    const env: Record<string, string> = {}
    const done: string[] = []
    try {
      const count = (await linesOf('guides/run-a-witness.md', {})).length
      for (let at = 0; at < count; at += 1) {
        // Filled in line by line, for each says what the next one needs.
        const line = (await linesOf('guides/run-a-witness.md', words))[at] ?? ''
        done.push(wordsOf(line).slice(0, 3).join(' '))
        if (line.startsWith('export ')) {
          const [, name = '', value = ''] = /^export (\w+)="?([^"]*)"?$/.exec(line) ?? []
          env[name] = value
        } else if (line.startsWith('switchboard witness serve ')) {
          const { listen, keys } = serveWith(line)
          witness = await startWitness(words['WITNESSDIR'] ?? '', keys, { listen })
          words['WITNESSPORT'] = new URL(witness.url).port
        } else if (line === 'switchboard start') {
          server = await startWitnessed(data, [], env)
          await untilLog(server, 'witnessed', (log) => log.witnessed && log.cosignedSize === log.size)
        } else {
          const result = await runCommand(wordsOf(line).slice(1), { folder: work.path, data })
          assert.equal(result.code, 0, `${line}: ${result.out}${result.err}`)
          const made = /key {7}(\S+)/.exec(result.out)?.[1]
          if (line.startsWith('switchboard witness init')) words['WITNESSKEY'] = made ?? ''
          if (line.startsWith('switchboard evidence checkpoint'))
            assert.match(result.out, /standard +w\S+ +witnessed +\d+/)
          if (line.startsWith('switchboard witness status'))
            assert.match(result.out, /log {7}\S+\/standard: \d+ entries/)
        }
      }
    } finally {
      await server?.stop()
      await witness?.stop()
    }
    assert.deepEqual(
      done.filter((words) => words.startsWith('switchboard')),
      [
        'switchboard witness init',
        'switchboard witness serve',
        'switchboard start',
        'switchboard evidence checkpoint',
        'switchboard witness status',
      ],
    )
    assert.deepEqual(Object.keys(env), ['SWITCHBOARD_WITNESSES', 'SWITCHBOARD_WITNESSES_NEEDED'])
  },
)

test(
  'the runbook of a refused log, followed on a server that was put back to yesterday, keeps the evidence and mends the claim',
  { timeout: 300_000 },
  async () => {
    await using work = await temporaryFolder()
    const [data, yesterday, newest] = ['data', 'yesterday', 'newest'].map((name) =>
      join(work.path, name),
    ) as [string, string, string]
    const state = join(work.path, 'w1')
    const key = await keyOfNewLog(data)
    await cp(data, yesterday, { recursive: true })
    const made = await runCommand(['witness', 'init', '--state', state, '--name', 'w1.example', '--json'], {
      folder: work.path,
    })
    await using witness = await startWitness(state, [key])
    const named = [`${witness.url}=${made.json<{ vkey: string }>().vkey}`]
    {
      await using server = await startWitnessed(data, named)
      await addReceipt(server)
      await untilLog(server, 'witnessed', (log) => log.witnessed && log.cosignedSize === log.size)
      await server.stop()
    }
    await cp(data, newest, { recursive: true })
    await rm(data, { recursive: true })
    await cp(yesterday, data, { recursive: true })

    const lines = await linesOf('runbooks/witness-conflict.md', { WITNESSDIR: state })
    assert.equal(lines.length, 5)
    let server = await startWitnessed(data, named)
    const run = async (line = ''): Promise<CommandResult> => {
      const [call = '', into] = line.split(' > ')
      const result = await runCommand(wordsOf(call).slice(1), { folder: work.path, data })
      if (into !== undefined) await writeFile(join(work.path, into), result.out)
      return result
    }
    try {
      await untilLog(server, 'refused', ({ conflict }) => conflict !== '')
      const noticed = await run(lines[0])
      assert.equal(noticed.code, 0, noticed.err)
      assert.match(noticed.out, /refused +\d.* shrunk: it cosigned \d+ entries, this log has \d+/)
      assert.equal((await readiness(server)).witnessed, 'refused')
      assert.equal((await run(lines[1])).code, 0)
      assert.equal((await run(lines[2])).code, 0)
      await server.stop()
      assert.equal((await run(lines[3])).code, 1, 'as long as it is open')
      const kept = async <T>(file: string) => JSON.parse(await readFile(join(work.path, file), 'utf8')) as T
      const { logs } = await kept<{ logs: { size: number; conflict: string }[] }>('checkpoint.json')
      const { conflicts } = await kept<{ conflicts: { cosigned: string }[] }>('witness.json')
      const lost =
        Number(conflicts[0]?.cosigned.split('\n')[1]) - (logs.find((log) => log.conflict !== '')?.size ?? 0)
      assert.ok(lost > 0, 'the two files say which entries are missing')

      await rm(data, { recursive: true })
      await cp(newest, data, { recursive: true })
      server = await startWitnessed(data, named)
      await addReceipt(server)
      await untilLog(server, 'witnessed again', (log) => log.witnessed && log.cosignedSize === log.size)
      const mended = await run(lines[4])
      assert.equal(mended.code, 0, mended.err)
      assert.equal((await readLog(server)).conflict, '')
      const status = await runCommand(['witness', 'status', '--state', state], { folder: work.path })
      assert.equal(status.code, 0)
      assert.match(status.out, /answered {2}shrunk of/)
    } finally {
      await server.stop()
    }
  },
)
