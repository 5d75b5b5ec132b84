import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scopesOf, verifyPackage } from '@switchboard/verifier/package'
import { keygenCommand } from './keygen.ts'
import { packCommand } from './pack.ts'
import { signCommand } from './sign.ts'

const guide = new URL('../../../../docs/guides/publish-a-plugin.md', import.meta.url)
const local = { keygen: keygenCommand, pack: packCommand, sign: signCommand }

test('the steps of the publishing guide, followed to the letter, end in a package that verifies', async (t) => {
  const base = await mkdtemp(join(tmpdir(), 'switchboard-guide-'))
  t.after(() => rm(base, { recursive: true }))
  const text = await readFile(guide, 'utf8')
  const block = (language: string) => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(text)?.[1] ?? ''
  await mkdir(join(base, 'hello'))
  await writeFile(join(base, 'hello', 'manifest.json'), block('json'))
  await writeFile(join(base, 'hello', 'index.js'), block('js'))

  const errors: string[] = []
  const io = {
    stdout: { write: () => 0 },
    stderr: { write: (line: string) => errors.push(line) },
    env: {},
    fetch,
    stdin: async () => new Uint8Array(),
  }
  const steps = [...text.matchAll(/^switchboard plugin (keygen|pack|sign) (.*)$/gm)]
  for (const [, name, rest = ''] of steps) {
    // The guide stands in a folder; the test stands beside it, so its relative paths are put below the folder.
    const argv = rest.split(' ').map((word) => (word.startsWith('--') ? word : join(base, word)))
    assert.equal(await local[name as keyof typeof local](argv, io), 0, errors.join(''))
  }
  assert.equal(steps.length, 3)

  const spkiPem = await readFile(join(base, 'keys', 'publisher.pub.pem'), 'utf8')
  const bytes = await readFile(join(base, 'dist', 'hello-1.0.0.sbp'))
  const unknown = await verifyPackage(bytes, { publisherKeys: [] })
  assert.ok(!unknown.ok && unknown.code === 'unknown_signer' && unknown.keyId !== undefined)
  const publisherKeys = [{ keyId: unknown.keyId, spkiPem, publisher: 'Example Works' }]
  const verdict = await verifyPackage(bytes, { publisherKeys })
  assert.ok(verdict.ok)
  const named = [...text.matchAll(/`((?:read|write|use):[a-z0-9]+)`/g)].map((match) => match[1])
  assert.deepEqual(scopesOf(verdict.manifest).required, named)
})
