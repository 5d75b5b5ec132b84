import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { publisherKeyId, verifyBundle, verifyPackage } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { readBundle, storedSection, writeContainer } from '@switchboard/bundle'
import { runCommand } from '../support/command.ts'
import { clientOf } from '../support/http-client.ts'
import type { Ask } from '../support/http-client.ts'
import { startServer, temporaryFolder } from '../support/running-server.ts'
import { buildPackage, testPublisher } from '../support/test-package.ts'

test(
  'any flipped byte of a bundle or a package is red and says where; so are another key and a shorter log',
  { timeout: 240_000 },
  async (t) => {
    await using work = await temporaryFolder()
    const at = (name: string): string => join(work.path, name)
    const probe = await buildPackage({ name: 'probe', code: 'return { ok: true, said: args.say }' })
    await writeFile(at('probe.sbp'), probe)
    await writeFile(at('publisher.pem'), testPublisher.publicKeyPem)

    // One server's life up to a backup, beyond it, and again from the backup.
    await using data = await temporaryFolder()
    let logKey = ''
    {
      await using server = await startServer({ folder: data.path })
      const ask = await clientOf(server)
      await answered(ask, '/publishers', { publisher: 'publisher', key: testPublisher.publicKeyPem })
      await answered(ask, '/packages', { content: probe.toString('base64') })
      await answered(ask, '/plugins/probe/reviews', { note: 'read' })
      await answered(ask, '/plugins/probe/install', {})
      await server.stop()
    }
    await using backup = await temporaryFolder()
    await cp(data.path, backup.path, { recursive: true })
    {
      await using server = await startServer({ folder: data.path })
      const ask = await clientOf(server)
      const { body: opened } = await answered(ask, '/cases', { title: 'A case' })
      await answered(ask, '/plugins/probe/runs', { case: opened.id, input: { say: 'hello' } })
      const { body: exported } = await answered(ask, '/evidence/exports', { case: opened.id })
      const { body: small } = await answered(ask, '/evidence/exports', {
        from: 1,
        to: 2,
      })
      await writeFile(at('case.bundle'), Buffer.from(exported.bundle, 'base64'))
      await writeFile(at('small.bundle'), Buffer.from(small.bundle, 'base64'))
      for (let n = 0; n < 5; n += 1) await answered(ask, '/cases', { title: `Case ${n}` })
      const { body: saved } = await ask('GET', '/evidence/checkpoint')
      logKey = saved.key
      await writeFile(at('saved.txt'), saved.checkpoint)
      await server.stop()
    }
    const verify = (file: string, ...more: string[]) =>
      runCommand(['verify', file, '--key', logKey, ...more, '--json'], { folder: work.path })
    const trust = { logKeys: [logKey], publisherKeys: [await pinned()] }

    await t.test('both bundles and the package are green as they are', async () => {
      for (const name of ['case.bundle', 'small.bundle', 'probe.sbp']) {
        const { code, out } = await verify(name, '--publisher-key', 'publisher.pem')
        assert.equal(code, 0, `${name}: ${out}`)
      }
    })

    await t.test(
      'every byte of the smallest bundle, flipped, is red and the finding names a place',
      async () => {
        const bytes = await readFile(at('small.bundle'))
        for (let offset = 0; offset < bytes.length; offset += 1) {
          const { ok, findings } = await verifyBundle(flipped(bytes, offset), trust, nodeCrypto)
          const red = findings.find(({ severity }) => severity === 'red')
          assert.ok(
            !ok && red !== undefined && red.where !== '',
            `byte ${offset} of ${bytes.length} can be flipped unseen`,
          )
        }
      },
    )

    await t.test(
      'in the bundle of a case, bytes of every section are red in that very section, or where it is vouched for',
      async () => {
        const bytes = await readFile(at('case.bundle'))
        for (const { name, start, length } of sectionsOf(bytes)) {
          for (const part of length === 0 ? [] : [0, 1, 2, 3, 4]) {
            const offset = start + Math.floor(((length - 1) * part) / 4)
            const { ok, findings } = await verifyBundle(flipped(bytes, offset), trust, nodeCrypto)
            assert.ok(!ok, `byte ${offset} in section ${name} can be flipped unseen`)
            assert.ok(findings.some(({ where }) => where.includes(name)))
            assert.ok(findings.every(({ where }) => where !== ''))
          }
        }
      },
    )

    await t.test('the command says red, with code 1, the section and the rule', async () => {
      const bytes = await readFile(at('case.bundle'))
      const values = sectionsOf(bytes).find(({ name }) => name === 'group/0/subject/values')
      await writeFile(at('flipped.bundle'), flipped(bytes, (values?.start ?? 0) + 4))
      const { code, json } = await verify('flipped.bundle')
      assert.equal(code, 1)
      const { findings } = json<{ findings: { where: string; rule: string }[] }>()
      assert.ok(
        findings.some(({ where, rule }) => where.includes('group/0/subject/values') && rule !== ''),
        JSON.stringify(findings),
      )
    })

    await t.test('every byte of a package, flipped, is refused, and it says where', async () => {
      const { publisherKeys } = trust
      for (let offset = 0; offset < probe.length; offset += 1) {
        const verdict = await verifyPackage(flipped(probe, offset), { publisherKeys })
        assert.ok(
          !verdict.ok && verdict.where !== '' && verdict.message !== '',
          `byte ${offset} of ${probe.length} can be flipped unseen`,
        )
      }
      await writeFile(at('flipped.sbp'), flipped(probe, probe.length >> 1))
      assert.equal((await verify('flipped.sbp', '--publisher-key', 'publisher.pem')).code, 1)
    })

    await t.test(
      'a bundle signed anew with another key is green under that key and red under ours',
      async () => {
        const forged = signedAnew(await readFile(at('case.bundle')))
        await writeFile(at('forged.bundle'), forged.bundle)
        assert.equal(
          (await runCommand(['verify', 'forged.bundle', '--key', forged.logKey], { folder: work.path })).code,
          0,
        )
        const { code, json } = await verify('forged.bundle')
        assert.equal(code, 1)
        assert.ok(
          json<{ findings: { where: string }[] }>().findings.some(({ where }) =>
            where.includes('checkpoint'),
          ),
        )
      },
    )

    await t.test(
      'a log restored from an older copy is red against the checkpoint saved before, shorter or grown again',
      async () => {
        await using server = await startServer({ folder: backup.path })
        const ask = await clientOf(server)
        const { size: savedSize } = sizeOf(await readFile(at('saved.txt'), 'utf8'))
        const { body: shorter } = await answered(ask, '/evidence/exports', {})
        await writeFile(at('shorter.bundle'), Buffer.from(shorter.bundle, 'base64'))
        assert.ok(sizeOf(shorter.checkpoint).size < savedSize)
        for (let n = 0; n < 20; n += 1) await answered(ask, '/cases', { title: `Another past ${n}` })
        const { body: longer } = await answered(ask, '/evidence/exports', { since: [savedSize] })
        await writeFile(at('longer.bundle'), Buffer.from(longer.bundle, 'base64'))
        assert.ok(sizeOf(longer.checkpoint).size > savedSize)
        await server.stop()
        for (const name of ['shorter.bundle', 'longer.bundle']) {
          assert.equal((await verify(name)).code, 0, `${name} is consistent in itself`)
          const { code, out } = await verify(name, '--checkpoint', 'saved.txt')
          assert.equal(code, 1, out)
          assert.match(out, /saved_checkpoint|checkpoint/)
        }
      },
    )
  },
)

async function answered(ask: Ask, path: string, body: unknown) {
  const answer = await ask('POST', path, body)
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`)
  return answer
}

async function pinned() {
  const der = Buffer.from(testPublisher.publicKeyPem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64')
  return { keyId: await publisherKeyId(der), spkiPem: testPublisher.publicKeyPem, publisher: 'publisher' }
}

function flipped(bytes: Buffer, offset: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[offset] = (copy[offset] ?? 0) ^ (1 << (offset % 8))
  return copy
}

function sizeOf(note: string): { readonly size: number } {
  return { size: Number(note.split('\n')[1]) }
}

/** Where each section lies in a bundle. */
function sectionsOf(
  bundle: Buffer,
): readonly { readonly name: string; readonly start: number; readonly length: number }[] {
  let start = 8
  return readBundle(bundle).sections.map(({ name, bytes }) => {
    const section = { name, start, length: bytes.length }
    start += bytes.length
    return section
  })
}

/** The same bundle as somebody would sign it who has all of it but the log's key. */
function signedAnew(bundle: Buffer): { readonly bundle: Buffer; readonly logKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = Buffer.concat([Buffer.of(1), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)])
  const { sections, trailer } = readBundle(bundle)
  const { logs, ...rest } = trailer as { logs: { checkpoint: string }[] }
  const name = / ([^ ]+) [^ ]+\n$/.exec(logs[0]?.checkpoint ?? '')?.[1] ?? ''
  const hash = createHash('sha256').update(`${name}\n`).update(key).digest().subarray(0, 4)
  const signed = logs.map((log) => {
    const [text = ''] = log.checkpoint.split('\n\n')
    const signature = Buffer.concat([hash, sign(null, Buffer.from(`${text}\n`), privateKey)])
    return { ...log, checkpoint: `${text}\n\n— ${name} ${signature.toString('base64')}\n` }
  })
  const own = Buffer.from(JSON.stringify({ logs: signed, ...rest }))
  return {
    bundle: writeContainer(
      sections.map((section) => (section.name === 'trailer' ? storedSection('trailer', own) : section)),
    ),
    logKey: `${name}+${hash.toString('hex')}+${key.toString('base64')}`,
  }
}
