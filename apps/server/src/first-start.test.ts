import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../../../tests/support/command.ts'
import { startServer, temporaryFolder } from '../../../tests/support/running-server.ts'

test(
  'a start keeps the command signed in, also when somebody has spoilt its file',
  { timeout: 90_000 },
  async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'cli.json')
    const tokens: string[] = []
    for (const spoilt of [undefined, '{"url": "http://127', '{"token": 7}']) {
      if (spoilt !== undefined) await writeFile(file, spoilt)
      await using server = await startServer({ folder: folder.path })
      tokens.push((JSON.parse(await readFile(file, 'utf8')) as { token: string }).token)
      const who = await runCommand(['whoami'], { folder: folder.path, data: server.folder })
      assert.match(who.out, /Owner/)
      assert.equal(await server.stop(), 0)
    }
    assert.equal(new Set(tokens).size, 3)
  },
)
