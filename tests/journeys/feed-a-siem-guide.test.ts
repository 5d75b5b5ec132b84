import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { makeAuthority } from '../support/certificates.ts'
import { runCommand } from '../support/command.ts'
import { freePort } from '../support/free-port.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'

const guide = resolve(import.meta.dirname, '../../docs/guides/feed-a-siem.md')
const names = new URL('../support/loopback-names.ts', import.meta.url).href

test(
  'the guide to feed a SIEM, followed to the letter with its own receiver, brings every receipt and ends without its feeds',
  { timeout: 300_000 },
  async (t) => {
    const text = await readFile(guide, 'utf8')
    await using work = await temporaryFolder()
    const port = await freePort()
    const authority = makeAuthority()
    const { cert, key } = authority.certify(['siem.corp.example', 'logs.corp.example'])
    const at = (name: string): string => join(work.path, name)
    await writeFile(at('ca.pem'), authority.pem)
    await writeFile(at('cert.pem'), cert)
    await writeFile(at('key.pem'), key)
    await writeFile(at('secret'), 'not yet known')
    await writeFile(at('receiver.mjs'), blocksOf(text, 'js').join('\n'))

    const [opened] = /SWITCHBOARD_FEED_DESTINATIONS=(\S+)/.exec(text)?.slice(1) ?? []
    await using server = await startServer({
      env: {
        NODE_OPTIONS: `--import ${names}`,
        SWITCHBOARD_FEED_DESTINATIONS: (opened ?? '').replace(':8443', `:${port}`),
      },
    })
    const receiver = spawn(process.execPath, ['receiver.mjs'], {
      cwd: work.path,
      env: {
        PATH: process.env['PATH'] ?? '',
        PORT: String(port),
        CERT: 'cert.pem',
        KEY: 'key.pem',
        SECRET: 'secret',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    t.after(() => void receiver.kill('SIGKILL'))

    const commands = blocksOf(text, 'sh').flatMap((block) => block.split('\n').filter((line) => line !== ''))
    assert.ok(commands.length >= 9, `only ${commands.length} commands were found`)
    let token = ''
    for (const line of commands) {
      const args = wordsOf(line.replace(':8443', `:${port}`))
      assert.equal(args.shift(), 'switchboard')
      const name = args.slice(0, 2).join(' ')
      const result = await runCommand([...args, '--json'], { folder: work.path, data: server.folder })
      assert.equal(result.code, 0, `${line}\n${result.out}${result.err}`)
      const answer = result.json<{ secret?: string; token?: string }>()
      if (name === 'feed create' && answer.secret !== undefined)
        await writeFile(at('secret'), `${answer.secret}\n`)
      if (name === 'token create') token = String(answer.secret ?? answer.token)
    }

    // All that the log holds is what the receiver kept, in its order.
    const url = await server.ready
    const fetched = await fetch(`${url}/evidence/feed?tlp=RED`, {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(fetched.status, 200)
    const wanted = (await fetched.text()).split('\n').filter((line) => line !== '')
    let kept: string[] = []
    for (let attempt = 0; attempt < 300 && kept.length < wanted.length; attempt += 1) {
      await delay(100)
      if (existsSync(at('receipts.ndjson')))
        kept = (await readFile(at('receipts.ndjson'), 'utf8')).split('\n').filter((line) => line !== '')
    }
    const idOf = (line: string): string => (JSON.parse(line) as { id: string }).id
    assert.deepEqual(kept.slice(0, wanted.length).map(idOf), wanted.map(idOf))
    const refused = await fetch(`${url}/receipts`, { headers: { authorization: `Bearer ${token}` } })
    assert.equal(refused.status, 403)
    const left = await runCommand(['feed', 'list', '--json'], { folder: work.path, data: server.folder })
    assert.deepEqual(
      left.json<{ rows: { name: string }[] }>().rows.map(({ name }) => name),
      ['siem'],
    )
  },
)

/** The fenced blocks of a language. */
function blocksOf(text: string, language: string): readonly string[] {
  return [...text.matchAll(/```(\w+)\n(.*?)```/gs)].flatMap(([, name, block = '']) =>
    name === language ? [block] : [],
  )
}

/** Words of a shell's line, quoted ones whole. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}
