import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTestSandbox, refuse, returned } from './testing/open-test-sandbox.ts'

let opened: Awaited<ReturnType<typeof openTestSandbox>>
before(async () => {
  opened = await openTestSandbox()
})
after(() => opened.sandbox.close())

test('a CommonJS plugin loads its own files and JSON, each once', async () => {
  const report = await opened.run({
    'index.js': `const a = require('./lib/a'); const again = require('./lib/a.js')
      module.exports.run = async ({ q }) => ({ q, sum: a.n + require('./data.json').n, same: a === again })`,
    'lib/a.js': `exports.n = require('../data').n * 2`,
    'data.json': '{"n":7}',
  })
  assert.deepEqual(returned(report), { q: 'acme', sum: 21, same: true })
})

test('an ES module plugin imports its own files and JSON', async () => {
  const report = await opened.run({
    'index.js': `import { twice } from './lib/twice.js'
      import data from './data.json'
      console.log('loading')
      export async function run(args, api) { return [twice(data.n), await api.graph.search(args)] }`,
    'lib/twice.js': `export const twice = (n) => n * 2`,
    'data.json': '{"n":7}',
  })
  assert.deepEqual(returned(report), [14, [{ id: 'n1', asked: { q: 'acme' } }]])
})

test('a .mjs entry is a module and the word export in CommonJS text does not make one', async () => {
  const module = await opened.run({ 'main.mjs': 'export const run = () => 1' }, { entry: 'main.mjs' })
  assert.equal(returned(module), 1)
  const commonjs = await opened.run('exports.run = () => "export const run"')
  assert.equal(returned(commonjs), 'export const run')
})

const padding = `/* ${'of a library '.repeat(1_000)} */`
const large: Record<string, string> = {
  'index.js': `${padding}
    const again = require('./lib.js')
    exports.n = (exports.n ?? 0) + 1
    exports.run = async () => [again.n, require('./index.js') === exports, __filename, __dirname, new Error('here').stack.split('\\n')[1]]`,
  'lib.js': `${padding}\nexports.n = 5; globalThis.lib = (globalThis.lib ?? 0) + 1`,
}
const largeModule: Record<string, string> = {
  'index.js': `${padding}\nimport { n } from './lib.js'\nexport const run = () => [n, new Error('here').stack.split('\\n')[1]]`,
  'lib.js': `${padding}\nexport const n = 6`,
}

test('a large package runs the same from the code cache of its runner as the first time', async () => {
  for (const files of [large, largeModule]) {
    const code = new Map(Object.entries(files))
    const results = []
    for (let i = 0; i < 3; i += 1) results.push(returned(await opened.run(code)))
    assert.deepEqual(results[1], results[0])
    assert.deepEqual(results[2], results[0])
  }
  const [n, same, file, folder] = returned(await opened.run(large)) as unknown[]
  assert.deepEqual([n, same, file, folder], [5, true, 'index.js', ''])
})

test('the code cache is of one package: another with the same names runs its own code', async () => {
  const other = { ...large, 'lib.js': `${padding}\nexports.n = 7` }
  const first = new Map(Object.entries(large))
  const second = new Map(Object.entries(other))
  for (const [code, n] of [
    [first, 5],
    [second, 7],
    [first, 5],
  ] as const)
    assert.equal((returned(await opened.run(code)) as unknown[])[0], n)
})

test('a large entry that does not compile says so like a small one', async () => {
  const report = await opened.run(`${padding}\nexports.run = () => {`)
  assert.ok(report.end === 'threw')
  assert.match(report.error.message, /index\.js: Unexpected/)
})

const refusedLoads: readonly (readonly [string, string, RegExp])[] = [
  ['require of a Node module', `const fs = require('node:fs'); exports.run = () => 1`, /own package/],
  ['require of a library', `exports.run = () => require('lodash')`, /Bundle libraries/],
  ['import of a Node module', `import fs from 'node:fs'\nexport const run = () => 1`, /own package/],
  ['require out of the package', `exports.run = () => require('../../secret')`, /outside the package/],
  ['an entry that throws', `throw new Error('early')`, /early/],
  ['an entry without run', `exports.go = () => 1`, /must export a function named "run"/],
  ['a module without run', `export const go = 1`, /must export a function named "run"/],
  ['an entry that exports null', `module.exports = null`, /must export a function named "run"/],
  ['text that does not compile', `exports.run = () => {`, /index\.js: Unexpected/],
  ['a module that does not compile', `export const run = () => {`, /Unexpected/],
  ['a dynamic import', `exports.run = () => import('node:fs')`, /./],
]
for (const [what, code, message] of refusedLoads) {
  test(`${what} ends the run with a plain error`, async () => {
    const report = await opened.run(code)
    assert.ok(report.end === 'threw', JSON.stringify(report))
    assert.match(report.error.message, message)
    assert.ok(!/file:\/\/|node:internal|runner\//.test(report.error.stack), report.error.stack)
  })
}

test('an entry that the package does not have ends the run with a plain error', async () => {
  const report = await opened.run('exports.run = () => 1', { entry: 'other.js' })
  assert.ok(report.end === 'threw')
  assert.match(report.error.message, /no such file/)
})

const results: readonly (readonly [string, string, string])[] = [
  ['a cycle', 'const o = {}; o.o = o; return o', 'cyclic'],
  ['nothing', '', 'not_json'],
  ['a function', 'return () => 1', 'not_json'],
  ['a BigInt', 'return { n: 1n }', 'not_json'],
  ['a getter that throws', 'return { get x() { throw new Error("no") } }', 'not_json'],
  ['a revoked proxy', 'const p = Proxy.revocable({}, {}); p.revoke(); return { p: p.proxy }', 'not_json'],
  [
    'nesting deeper than the limit',
    'let o = 0; for (let i = 0; i < 500; i++) o = [o]; return o',
    'too_large',
  ],
  [
    'nesting deeper than the stack',
    'let o = 0; for (let i = 0; i < 5e5; i++) o = [o]; return o',
    'too_large',
  ],
]
for (const [what, code, reason] of results) {
  test(`${what} as a result is ${reason}`, async () => {
    const report = await opened.run(`exports.run = async () => { ${code} }`)
    assert.ok(report.end === 'result_invalid', JSON.stringify(report))
    assert.equal(report.reason, reason)
  })
}

test('a result over the fixed limit is too large even under a larger budget', async () => {
  const report = await opened.run(`exports.run = () => 'x'.repeat(9e6)`, { budgets: { outputBytes: 20e6 } })
  assert.ok(report.end === 'result_invalid', JSON.stringify(report))
  assert.equal(report.reason, 'too_large')
})

test('a refused call rejects with its code, parameters and change, and can be handled', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       try { await api.graph.search({}) } catch (e) { return [e instanceof Error, e.message, e.code, e.params, e.change] }
     }`,
    { onCall: async () => refuse('CapabilityDenied') },
  )
  assert.deepEqual(returned(report), [
    true,
    'Not granted.',
    'CapabilityDenied',
    { scope: 'read:graph' },
    'Grant read:graph.',
  ])
})

test('a refusal that escapes is reported with the call that was refused', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => { await api.graph.search({}); await api.graph.search({ last: true }) }`,
    { onCall: async (call) => (call.id === 2 ? refuse('CapabilityDenied') : { ok: true, value: null }) },
  )
  assert.ok(report.end === 'threw')
  assert.equal(report.refusedCall, 2)
})

test('an error made to look like a refusal is not reported as one', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       await api.graph.search({})
       WeakMap.prototype.get = () => 1; Map.prototype.get = () => 1
       throw Object.assign(new Error('x'), { code: 'CapabilityDenied', refused: 1, denied: true })
     }`,
  )
  assert.ok(report.end === 'threw')
  assert.equal(report.refusedCall, undefined)
})

test('a call that fails on the host tells the plugin nothing of why', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => { try { await api.graph.search({}) } catch (e) { return e.message + e.stack } }`,
    {
      onCall: async () => {
        throw new Error('password of the database')
      },
    },
  )
  const text = returned(report)
  assert.ok(typeof text === 'string' && text.includes('failed') && !text.includes('password'))
})

test('a call must pass one JSON object of bounded size', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       const out = []
       for (const bad of ['text', [1], 5, null, { n: 1n }, { big: 'x'.repeat(2e6) }]) {
         try { await api.graph.search(bad); out.push('passed') } catch (e) { out.push(e.name) }
       }
       await api.graph.search()
       return out
     }`,
    { budgets: { outputBytes: 10e6 } },
  )
  assert.deepEqual(returned(report), [
    'TypeError',
    'TypeError',
    'TypeError',
    'TypeError',
    'TypeError',
    'RangeError',
  ])
  assert.equal(report.usage.calls, 1)
})

test('an error thrown in a timer ends the run', async () => {
  const report = await opened.run(
    `exports.run = () => new Promise(() => { setTimeout(() => { throw new TypeError('late') }, 1) })`,
  )
  assert.ok(report.end === 'threw')
  assert.deepEqual([report.error.name, report.error.message], ['TypeError', 'late'])
})

test('calls the plugin did not wait for are settled before the report', async () => {
  let settled = false
  const report = await opened.run(`exports.run = async (args, api) => { api.graph.search({}); return 1 }`, {
    onCall: async () => {
      await new Promise((resolve) => setTimeout(resolve, 60))
      settled = true
      return { ok: true, value: null }
    },
  })
  assert.equal(returned(report), 1)
  assert.equal(settled, true)
})
