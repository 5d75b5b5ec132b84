import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testCommand } from './test.ts'
import { inProcess, pluginFolder } from './testing/author-folder.ts'

test('tests compare results, denials and calls, show the difference, repeat exactly, and can be written anew', async () => {
  await using made = await pluginFolder({
    'index.js': `exports.run = async ({ q }, api) => {
      const before = Date.now()
      const [hit] = await api.graph.search({ q, limit: 1 })
      return { key: hit?.key, random: Math.random(), at: before, later: Date.now() - before }
    }\n`,
    'tests/a-right.json': {
      input: { q: 'host 7' },
      expect: { result: { key: 'host:7', random: 0, at: 0, later: 0 } },
    },
    'tests/b-denied.json': {
      about: 'is denied',
      grants: [],
      input: { q: 'x' },
      expect: { denial: 'CapabilityDenied', calls: ['graph.search denied'] },
    },
    'tests/c-wrong.json': {
      input: { q: 'host 7' },
      now: '2030-01-01T00:00:00Z',
      world: {},
      expect: { denial: 'plugin_threw' },
    },
  })
  const first = await inProcess(testCommand, made.path, '--json')
  assert.equal(first.code, 1)
  const { passed, failed, tests } = JSON.parse(first.out)
  assert.deepEqual([passed, failed], [1, 2])
  assert.deepEqual(tests[0].differences.length, 3)
  assert.match(tests[0].differences[1], /^\/at: expected 0, got 1767225600000$/)
  assert.match(
    tests[2].differences[0],
    /^expected the denial plugin_threw, got the result \{"random":0\.\d+,"at":1893456000000/,
  )
  assert.match(
    (await inProcess(testCommand, made.path)).out,
    /FAIL {2}a-right\.json[\s\S]*1 passed, 2 failed/,
  )

  const updated = await inProcess(testCommand, made.path, '--update')
  assert.equal(updated.code, 0, updated.out)
  for (let i = 0; i < 3; i += 1) {
    const again = await inProcess(testCommand, made.path)
    assert.match(again.out, /3 passed, 0 failed at/)
  }
})

test('a test that says something unknown, and a world that contradicts itself, are refused by name', async () => {
  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    [
      'tests/t.json',
      { expect: { result: 1 }, inptu: {} },
      /tests\/t\.json#: It names inptu, which means nothing here\. Known: about, input/,
    ],
    ['tests/t.json', { input: {} }, /tests\/t\.json#: It must have required properties expect/],
    ['tests/t.json', { grants: ['write:graph'], expect: { result: 1 } }, /does not name write:graph/],
    ['tests/t.json', { now: 'soon', expect: { result: 1 } }, /tests\/t\.json#\/now: It is no instant/],
    ['tests/t.json', '{', /It is not JSON/],
    [
      'fixtures/w.json',
      { graf: {} },
      /fixtures\/w\.json#: It names graf.* Known: graph, cases, tables, answers/,
    ],
    [
      'fixtures/w.json',
      {
        graph: {
          source: { name: 's', version: '1', licence: 'x' },
          entities: [],
          relations: [{ from: 'a', to: 'b', type: 't' }],
        },
      },
      /No entity has the key a/,
    ],
    [
      'fixtures/w.json',
      {
        tables: [
          {
            name: 't',
            columns: [{ name: 'n', type: 'integer' }],
            key: { kind: 'exact', column: 'n' },
            rows: [['x']],
          },
        ],
      },
      /tables\/t\/rows\/0/,
    ],
  ]
  for (const [path, content, message] of wrong) {
    await using made = await pluginFolder({
      'index.js': 'exports.run = async () => 1\n',
      'tests/fine.json': { expect: { result: 1 } },
      [path]: content,
    })
    const { code, err } = await inProcess(testCommand, made.path)
    assert.deepEqual([code, message.test(err)], [1, true], `${path}: ${err}`)
  }
  await using none = await pluginFolder({ 'index.js': 'exports.run = async () => 1\n' })
  assert.match((await inProcess(testCommand, none.path)).err, /There is no test: write tests\/NAME\.json/)
})
