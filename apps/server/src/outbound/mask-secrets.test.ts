import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { holdsSecret, maskSecrets } from './mask-secrets.ts'

const secret = (value: string) => ({ name: 'key', value, hosts: [], version: '1' })
const value = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 8,
  maxLength: 60,
})

test('a secret is found in each spelling, wherever it stands, and nothing else is lost', () => {
  const spellings: readonly ((text: string) => string | Buffer)[] = [
    (text) => text,
    encodeURIComponent,
    (text) => new URLSearchParams({ k: text }).toString(),
    JSON.stringify,
    (text) => Buffer.from(text).toString('hex'),
    (text) => Buffer.from(text, 'utf16le'),
    (text) => Buffer.from(text, 'utf16le').swap16(),
    ...['', 'u', 'us', 'user:'].flatMap((before) =>
      (['base64', 'base64url'] as const).map(
        (encoding) => (text: string) => Buffer.from(`${before}${text} and more`).toString(encoding),
      ),
    ),
  ]
  fc.assert(
    fc.property(value, fc.constantFrom(...spellings), (text, spell) => {
      const spelt = Buffer.from(spell(text) as Buffer)
      const body = Buffer.concat([Buffer.from('before {'), spelt, Buffer.from('} after')])
      const masked = maskSecrets({ status: 200, headers: {}, body }, [secret(text)]).body
      assert.ok(masked.includes('[secret key]'), body.toString('latin1'))
      assert.ok(!masked.includes(spelt) || text.includes('[secret key]'), masked.toString('latin1'))
      assert.ok(masked.toString('latin1').startsWith('before {'))
    }),
    { numRuns: 500 },
  )
})

test('headers are masked too, and an answer without the secret is left byte for byte', () => {
  const answer = {
    status: 200,
    headers: { 'x-echo': 'Bearer hunter2hunter2', etag: '"1"' },
    body: Buffer.from([0, 255, 1]),
  }
  const masked = maskSecrets(answer, [secret('hunter2hunter2')])
  assert.deepEqual(masked.headers, { 'x-echo': 'Bearer [secret key]', etag: '"1"' })
  assert.deepEqual(masked.body, answer.body)
  assert.ok(holdsSecret('https://x.example/?k=hunter2hunter2', [secret('hunter2hunter2')]))
  assert.ok(!holdsSecret('https://x.example/?k=hunter', [secret('hunter2hunter2')]))
})
