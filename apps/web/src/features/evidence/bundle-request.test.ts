import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportCommand, readBundle, toggled } from './bundle-request.ts'

const read = (text: string) => readBundle(new URLSearchParams(text))
const id = `case_${'0'.repeat(32)}`

test('a bundle is asked for by its address: what it is about, and what is closed in it', () => {
  assert.equal(read('').input, undefined)
  assert.deepEqual(read(`case=${id}`).input, { case: id })
  assert.deepEqual(read('of=period&from=2026-01-01T00:00').input, { from: 1_767_225_600_000 })
  assert.deepEqual(read('of=release&release=ioc-triage@1.0.0').input, { release: 'ioc-triage@1.0.0' })
  const closed = read(
    `case=${id}&part=actor&part=actor&part=nonsense&operation=plugin.run&person=x&document=a`,
  )
  assert.deepEqual(closed.scope, { case: id })
  assert.deepEqual(closed.input, {
    case: id,
    redact: ['actor'],
    redactOperations: ['plugin.run'],
    withhold: ['a'],
  })
})

test('what is no scope asks for nothing and says why', () => {
  for (const address of ['case=%3Cb%3E', 'of=release&release=x', `case=${id}&to=tomorrow`]) {
    const { input, problems } = read(address)
    assert.equal(input, undefined, address)
    assert.equal(problems.length, 1, address)
  }
})

test('a thing is closed once and opened again', () => {
  const closed = toggled(new URLSearchParams('part=actor'), 'part', 'input', true)
  assert.deepEqual(closed.getAll('part'), ['actor', 'input'])
  assert.equal(String(toggled(closed, 'part', 'actor', false)), 'part=input')
})

test('the command names the same things, and a document cannot end its word', () => {
  const command = exportCommand({
    case: id,
    redact: ['actor', 'input'],
    withhold: ["a'; rm -rf ~"],
  })
  assert.equal(
    command,
    `npx switchboard evidence export --case ${id} --redact actor input --withhold 'a'\\''; rm -rf ~' --out evidence.bundle`,
  )
})
