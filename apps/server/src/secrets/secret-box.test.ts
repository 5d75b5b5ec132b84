import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { openSecretBox } from './secret-box.ts'

const place = { organisation: 'org_a', package: 'probe', name: 'key', hosts: ['api.example.org'] }

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-keys-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('a value opens where it was sealed, and nowhere else', (t) => {
  const box = openSecretBox(folderFor(t), true)
  const sealed = box.seal('hunter2hunter2', place)
  assert.equal(box.open(sealed, place), 'hunter2hunter2')
  assert.doesNotMatch(sealed, /hunter2/)
  assert.notEqual(box.seal('hunter2hunter2', place), sealed, 'equal values do not look equal')
  for (const change of [
    { organisation: 'org_b' },
    { package: 'other' },
    { name: 'other' },
    { hosts: ['evil.example'] },
    { hosts: [] },
  ])
    assert.throws(() => box.open(sealed, { ...place, ...change }), { code: 'secret_unreadable' })
})

test('a sealed value that was changed anywhere does not open', (t) => {
  const box = openSecretBox(folderFor(t), true)
  const sealed = box.seal('hunter2hunter2', place)
  for (let at = 0; at < sealed.length; at += 1) {
    const other = sealed[at] === 'A' ? 'B' : 'A'
    const changed = `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`
    // The last character has bits that mean nothing.
    if (at < sealed.length - 1)
      assert.throws(() => box.open(changed, place), { code: 'secret_unreadable' }, changed)
  }
  for (const broken of ['', 'v1', 'v1.', sealed.slice(0, 20)])
    assert.throws(() => box.open(broken, place), { code: 'secret_unreadable' })
})

test('the key is kept for the operator alone; another line seals from then on, and the old one still opens', (t) => {
  const folder = folderFor(t)
  const file = join(folder, 'secrets.key')
  const sealed = openSecretBox(folder, true).seal('hunter2hunter2', place)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(openSecretBox(folder, false).open(sealed, place), 'hunter2hunter2')
  appendFileSync(file, `00000001 ${Buffer.alloc(32, 7).toString('base64url')}\n`)
  const rotated = openSecretBox(folder, false)
  assert.equal(rotated.open(sealed, place), 'hunter2hunter2')
  const again = rotated.seal('hunter2hunter2', place)
  assert.match(again, /^v1\.00000001\./)
  writeFileSync(file, `${readFileSync(file, 'utf8').split('\n')[1]}\n`)
  const without = openSecretBox(folder, false)
  assert.equal(without.open(again, place), 'hunter2hunter2')
  assert.throws(() => without.open(sealed, place), { code: 'secret_unreadable' })
})

test('a key that is missing beside secrets, or that is none, stops the start', (t) => {
  const folder = folderFor(t)
  assert.throws(() => openSecretBox(folder, false), { code: 'secret_key_missing' })
  for (const text of [
    '',
    '\n',
    'short\n',
    `xxxxxxxx ${Buffer.alloc(32).toString('base64url')}\n`,
    `00000001 ${Buffer.alloc(31).toString('base64url')}\n`,
  ]) {
    writeFileSync(join(folder, 'secrets.key'), text)
    assert.throws(() => openSecretBox(folder, false), { code: 'secret_key_invalid' }, text)
  }
})
