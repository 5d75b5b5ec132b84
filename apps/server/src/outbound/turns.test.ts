import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLanes } from './lanes.ts'
import { createPauses, retryAfterMs } from './pauses.ts'

const never = new AbortController().signal

test('so many go at once, so many wait, in order, and the next is told how many wait', async () => {
  const lanes = createLanes({ atOnce: 2, waiting: 2 })
  const order: number[] = []
  const enter = async (who: number) => {
    const place = await lanes.enter('a', never)
    order.push(who)
    assert.ok(typeof place === 'function')
    return place
  }
  const [first, second] = await Promise.all([enter(1), enter(2)])
  const third = enter(3)
  const fourth = enter(4)
  assert.deepEqual(await lanes.enter('a', never), { waiting: 2 })
  assert.equal(typeof (await lanes.enter('b', never)), 'function', 'another place is another lane')
  first?.()
  first?.()
  await third
  assert.deepEqual(order, [1, 2, 3])
  second?.()
  const last = await fourth
  assert.deepEqual(order, [1, 2, 3, 4])
  ;(await third)()
  last()
  assert.equal(typeof (await lanes.enter('a', never)), 'function')
})

test('who stops waiting is out of the line, and keeps nobody waiting', async () => {
  const lanes = createLanes({ atOnce: 1, waiting: 5 })
  const place = await lanes.enter('a', never)
  const stopping = new AbortController()
  const gone = lanes.enter('a', stopping.signal)
  const next = lanes.enter('a', never)
  stopping.abort(new Error('stopped'))
  await assert.rejects(gone, /stopped/)
  assert.ok(typeof place === 'function')
  place()
  assert.equal(typeof (await next), 'function')
  await assert.rejects(lanes.enter('a', stopping.signal), /stopped/)
})

test('a pause is as long as asked, within a limit, for one organisation and one origin', () => {
  let now = 1_000_000
  const pauses = createPauses({ clock: () => now, longestMs: 60_000 })
  const until = () => pauses.pauseOf('a', 'o')?.until
  pauses.note('a', 'o', { status: 429, retryAfter: '30' })
  assert.equal(until(), now + 30_000)
  assert.equal(pauses.pauseOf('b', 'o'), undefined)
  assert.equal(pauses.pauseOf('a', 'p'), undefined)
  now += 30_000
  assert.equal(until(), undefined)
  pauses.note('a', 'o', { status: 503, retryAfter: '999999999' })
  assert.equal(until(), now + 60_000)
  pauses.note('a', 'p', { status: 503, retryAfter: undefined })
  assert.equal(pauses.pauseOf('a', 'p'), undefined, 'an error without a time is an answer like others')
  pauses.note('a', 'p', { status: 429, retryAfter: '0' })
  assert.equal(pauses.pauseOf('a', 'p')?.until, now + 1_000, 'no time at all would be no pause')
})

test('without a time each pause is twice as long as the one before, until an answer comes', () => {
  let now = 0
  const pauses = createPauses({ clock: () => now, longestMs: 10_000 })
  const waits = [1, 2, 3, 4, 5, 6].map(() => {
    pauses.note('a', 'o', { status: 429, retryAfter: undefined })
    const { until } = pauses.pauseOf('a', 'o') as { until: number }
    const wait = until - now
    now = until
    return wait
  })
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  pauses.note('a', 'o', { status: 200, retryAfter: undefined })
  pauses.note('a', 'o', { status: 429, retryAfter: undefined })
  assert.equal(pauses.pauseOf('a', 'o')?.until, now + 1_000)
})

test('Retry-After is seconds or a date; anything else is no time', () => {
  const now = Date.UTC(2026, 0, 1)
  assert.equal(retryAfterMs('120', now), 120_000)
  assert.equal(retryAfterMs('Thu, 01 Jan 2026 00:00:10 GMT', now), 10_000)
  assert.equal(retryAfterMs('Thu, 01 Jan 1970 00:00:00 GMT', now), 0)
  for (const header of [undefined, '', 'soon', '-5', '1e9', '99999999999999999999'])
    assert.equal(retryAfterMs(header, now), undefined, header)
})
