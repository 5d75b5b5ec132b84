import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyPackage } from '@switchboard/verifier/package'
import { keygenCommand } from './keygen.ts'
import { packCommand } from './pack.ts'
import { signCommand } from './sign.ts'

const manifest = {
  name: 'hello',
  version: '1.0.0',
  entry: 'index.js',
  capabilities: { graph: ['read'], cases: ['read', 'write'], network: false },
  budgets: { ms: 800, memoryMB: 64, rows: 100 },
  permissions: ['use:nl2cypher'],
}

function captured() {
  const out: string[] = []
  const err: string[] = []
  const io = {
    stdout: { write: (t: string) => out.push(t) },
    stderr: { write: (t: string) => err.push(t) },
    env: {},
    fetch,
    stdin: async () => new Uint8Array(),
  }
  return { io, out: () => out.join(''), err: () => err.join('') }
}

async function folder() {
  const dir = await mkdtemp(join(tmpdir(), 'switchboard-cli-'))
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest))
  await writeFile(join(dir, 'index.js'), 'exports.run = async () => ({ ok: true })\n')
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) }
}

test('keygen, pack and sign make a package that verifies under the public key', async () => {
  await using made = await folder()
  const keys = join(made.dir, '.keys')
  const keygen = captured()
  assert.equal(await keygenCommand(['--out', keys, '--json'], keygen.io), 0, keygen.err())
  const pack = captured()
  assert.equal(
    await packCommand([made.dir, '--out', join(made.dir, '.out'), '--json'], pack.io),
    0,
    pack.err(),
  )
  const { file, digest, skipped } = JSON.parse(pack.out())
  assert.deepEqual(skipped, ['.keys'])
  const sign = captured()
  assert.equal(await signCommand([file, '--key', join(keys, 'publisher.key.pem')], sign.io), 0, sign.err())
  const { keyId } = JSON.parse(keygen.out())
  assert.match(sign.out(), new RegExp(keyId))

  const spkiPem = await readFile(join(keys, 'publisher.pub.pem'), 'utf8')
  const verdict = await verifyPackage(await readFile(file), {
    publisherKeys: [{ keyId, spkiPem, publisher: 'Me' }],
  })
  assert.equal(verdict.ok && verdict.digest, digest)
  assert.equal((await stat(join(keys, 'publisher.key.pem'))).mode & 0o077, 0)
})

test('keygen never overwrites a key and never prints it', async () => {
  await using made = await folder()
  const first = captured()
  await keygenCommand(['--out', made.dir, '--json'], first.io)
  const before = await readFile(join(made.dir, 'publisher.key.pem'), 'utf8')
  const second = captured()
  assert.equal(await keygenCommand(['--out', made.dir, '--json'], second.io), 1)
  assert.equal(JSON.parse(second.err()).code, 'EEXIST')
  assert.equal(await readFile(join(made.dir, 'publisher.key.pem'), 'utf8'), before)
  assert.doesNotMatch(first.out(), /PRIVATE/)
  await rm(join(made.dir, 'publisher.pub.pem'))
  assert.equal(await keygenCommand(['--out', made.dir], captured().io), 1)
  await assert.rejects(readFile(join(made.dir, 'publisher.pub.pem')), { code: 'ENOENT' })
})

test('a manifest that asks for the whole network is refused by code and place', async () => {
  await using made = await folder()
  const open = { ...manifest, capabilities: { network: true } }
  await writeFile(join(made.dir, 'manifest.json'), JSON.stringify(open))
  const pack = captured()
  assert.equal(await packCommand([made.dir, '--out', made.dir, '--json'], pack.io), 1)
  const { code, where } = JSON.parse(pack.err())
  assert.deepEqual([code, where], ['network_unrestricted', 'manifest.json#/capabilities/network'])
})

test('each command explains itself with --help and answers 2 to a wrong call', async () => {
  for (const command of [packCommand, signCommand, keygenCommand]) {
    const help = captured()
    assert.equal(await command(['--help'], help.io), 0)
    assert.match(help.out(), /^switchboard plugin \w+/)
    const wrong = captured()
    assert.equal(await command(['--no-such-option'], wrong.io), 2)
    assert.match(wrong.err(), /switchboard plugin \w+/)
    assert.equal(wrong.out(), '')
  }
})
