import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { createKeptFigures } from './kept-figures.ts'

const none = new Map()

test('what was quick to count is counted anew, what was costly is kept, and whoever asks meanwhile waits for the same', async () => {
  const figuresOf = createKeptFigures()
  let counts = 0
  const count = (ms: number) => async () => {
    counts += 1
    // Not even a turn of the loop: another's work in it would make the quick one costly.
    if (ms > 0) await sleep(ms)
    return none
  }
  await figuresOf('quick', count(0))
  await figuresOf('quick', count(0))
  assert.equal(counts, 2)
  await Promise.all([figuresOf('costly', count(300)), figuresOf('costly', count(300))])
  await figuresOf('costly', count(300))
  assert.equal(counts, 3)
  await figuresOf('of another organisation', count(0))
  assert.equal(counts, 4)
})

test('a count that failed is not kept', async () => {
  const figuresOf = createKeptFigures()
  await assert.rejects(
    figuresOf('a', () => Promise.reject(new Error('the disk'))),
    /the disk/,
  )
  assert.equal(await figuresOf('a', async () => none), none)
})
