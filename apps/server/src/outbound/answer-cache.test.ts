import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAnswerCache } from './answer-cache.ts'

const asked = {
  organisation: 'org_a',
  package: 'probe',
  question: 'q',
  url: 'https://api.example.org/',
  headers: {},
}
const answer = (headers: Record<string, string> = { 'cache-control': 'max-age=60' }, body = 'told') =>
  ({ url: asked.url, status: 200, headers, body, encoding: 'utf8' }) as const

type Cache = ReturnType<typeof createAnswerCache>
function keepIn(
  cache: Cache,
  ...[about, told]: Parameters<Cache['keep']> extends [infer A, infer B, unknown] ? [A, B] : never
): void {
  cache.keep(about, told, cache.epoch())
}

function cacheAt(start = Date.now()) {
  let now = start
  const cache = createAnswerCache({
    clock: () => now,
    longestMs: 30_000,
    bytesPerPackage: 4_000,
    bytesInAll: 6_000,
  })
  return { cache, pass: (ms: number) => void (now += ms) }
}

test('an answer is kept as long as its host allows and never longer than we do', () => {
  const { cache, pass } = cacheAt()
  keepIn(cache, asked, answer())
  assert.equal(cache.find(asked)?.body, 'told')
  pass(29_000)
  assert.equal(cache.find(asked)?.body, 'told')
  pass(2_000)
  assert.equal(cache.find(asked), undefined)
})

test('what a host does not allow to be kept is not', () => {
  for (const headers of [
    {},
    { 'cache-control': 'no-store' },
    { 'cache-control': 'max-age=0' },
    { 'cache-control': 'no-cache' },
    { 'cache-control': 'max-age=60', vary: '*' },
    { expires: 'Thu, 01 Jan 1970 00:00:00 GMT' },
  ]) {
    const { cache } = cacheAt()
    keepIn(cache, asked, answer(headers))
    assert.equal(cache.find(asked), undefined, JSON.stringify(headers))
  }
})

test('an answer that varies is found by the same headers only', () => {
  const { cache } = cacheAt()
  const german = { ...asked, headers: { 'accept-language': 'de' } }
  keepIn(cache, german, answer({ 'cache-control': 'max-age=60', vary: 'accept-language' }))
  assert.equal(cache.find(german)?.body, 'told')
  assert.equal(cache.find(asked), undefined)
})

test('what one package of one organisation was told no other gets', () => {
  const { cache } = cacheAt()
  keepIn(cache, asked, answer())
  for (const other of [{ organisation: 'org_b' }, { package: 'other' }, { question: 'other' }])
    assert.equal(cache.find({ ...asked, ...other }), undefined)
  assert.equal(cache.find(asked)?.body, 'told')
})

test('a package has its share of memory, and all of them have one together', () => {
  const { cache } = cacheAt()
  const keep = (packageName: string, question: string) =>
    keepIn(cache, { ...asked, package: packageName, question }, answer(undefined, 'x'.repeat(800)))
  const kept = (packageName: string, question: string) =>
    cache.find({ ...asked, package: packageName, question }) !== undefined
  for (const question of ['1', '2', '3', '4', '5']) keep('a', question)
  assert.deepEqual(
    ['1', '2', '3', '4', '5'].map((question) => kept('a', question)),
    [false, true, true, true, true],
  )
  keepIn(cache, { ...asked, question: 'huge' }, answer(undefined, 'x'.repeat(1_100)))
  assert.equal(cache.find({ ...asked, question: 'huge' }), undefined)
  for (const question of ['1', '2', '3']) keep('b', question)
  assert.ok(kept('b', '3'))
  assert.ok(!kept('a', '5'), 'the package that was told something longest ago gave way')
})

test('an uninstall forgets what one package was told; an organisation goes with all of it', () => {
  const { cache } = cacheAt()
  keepIn(cache, asked, answer())
  keepIn(cache, { ...asked, question: 'q2' }, answer())
  keepIn(cache, { ...asked, package: 'other' }, answer())
  keepIn(cache, { ...asked, organisation: 'org_b' }, answer())
  assert.equal(cache.forget('org_a', 'probe'), 2)
  assert.equal(cache.find(asked), undefined)
  assert.ok(cache.find({ ...asked, package: 'other' }))
  assert.equal(cache.forget('org_a'), 1)
  assert.ok(cache.find({ ...asked, organisation: 'org_b' }))
})

test('what comes after its package was uninstalled is not kept for the next of that name', () => {
  const { cache } = cacheAt()
  const askedIn = cache.epoch()
  cache.forget('org_a', 'probe')
  cache.keep(asked, answer(), askedIn)
  assert.equal(cache.find(asked), undefined)
})
