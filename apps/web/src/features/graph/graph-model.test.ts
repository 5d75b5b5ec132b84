import assert from 'node:assert/strict'
import { test } from 'node:test'
import { graphOfNeighbours, joinGraphs, relationsIn, relationsOf } from './graph-model.ts'
import type { Entity } from './graph-model.ts'

function entity(id: string): Entity {
  return {
    id,
    key: id,
    type: 't',
    name: id,
    properties: {},
    tlp: 'CLEAR',
    confidence: 1,
    source: { name: 's', version: '1', licence: 'CC0-1.0' },
  }
}
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(entity) as [Entity, Entity, Entity, Entity]
const near = { relation: 'near', confidence: 1 }

test('neighbours become relations that keep their direction', () => {
  const graph = graphOfNeighbours(a, [
    { entity: b, direction: 'out', ...near },
    { entity: c, direction: 'in', ...near },
  ])
  assert.deepEqual(
    graph.edges.map(({ from, to }) => `${from}>${to}`),
    ['a>b', 'c>a'],
  )
  assert.deepEqual(
    relationsOf('a', graph).map(({ direction, others }) => [direction, others.map((each) => each.entity.id)]),
    [
      ['in', ['c']],
      ['out', ['b']],
    ],
  )
})

test('what two graphs know is there once, the first come first, and what is left out is counted', () => {
  const first = { nodes: [a, b], edges: [{ from: 'a', to: 'b', ...near }] }
  const second = {
    nodes: [b, c, d],
    edges: [
      { from: 'a', to: 'b', ...near },
      { from: 'b', to: 'c', ...near },
      { from: 'b', to: 'd', ...near },
    ],
  }
  const joined = joinGraphs([first, second], 3)
  assert.deepEqual(
    joined.nodes.map(({ id }) => id),
    ['a', 'b', 'c'],
  )
  assert.deepEqual(
    joined.edges.map(({ from, to }) => `${from}>${to}`),
    ['a>b', 'b>c'],
  )
  assert.equal(joined.left, 1)
})

test('every relation is listed under what it is, and whatever has none is listed too', () => {
  const { groups, alone } = relationsIn({
    nodes: [a, b, c],
    edges: [
      { from: 'a', to: 'b', ...near },
      { from: 'a', to: 'a', relation: 'is', confidence: 0.5 },
      { from: 'a', to: 'unknown', ...near },
    ],
  })
  assert.deepEqual(
    groups.map(({ relation, rows }) => [relation, rows.map(({ from, to }) => `${from.id}>${to.id}`)]),
    [
      ['is', ['a>a']],
      ['near', ['a>b']],
    ],
  )
  assert.deepEqual(
    alone.map(({ id }) => id),
    ['c'],
  )
})
