import assert from 'node:assert/strict'
import test from 'node:test'
import { importCircles } from './import-circles.ts'

const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges))

test('a tree with a module reached by two ways has no circle', () => {
  assert.deepEqual(importCircles(graph({ main: ['a', 'b'], a: ['leaf'], b: ['leaf'], leaf: [] })), [])
})

test('each module on a circle is shown on the shortest way round, and what only leads there is not', () => {
  const edges = { a: ['b', 'c'], b: ['c'], c: ['a'], outside: ['a'] }
  assert.deepEqual(importCircles(graph(edges)), [
    ['a', 'c'],
    ['b', 'c', 'a'],
  ])
})

test('two circles apart are two findings, and a module that imports itself is one', () => {
  const edges = { a: ['b'], b: ['a'], c: ['c'] }
  assert.deepEqual(importCircles(graph(edges)), [['a', 'b'], ['c']])
})
