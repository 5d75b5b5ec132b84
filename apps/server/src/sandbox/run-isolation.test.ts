import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTestSandbox, returned } from './testing/open-test-sandbox.ts'

let opened: Awaited<ReturnType<typeof openTestSandbox>>
before(async () => {
  // One process for all runs of a domain: what one leaves, the next would find.
  opened = await openTestSandbox({ runnersPerDomain: 1 })
})
after(() => opened.sandbox.close())

test('no part of the host is in reach', async () => {
  const report = await opened.run(
    `exports.run = () => {
       const names = ['process', 'require', 'Buffer', 'fetch', 'global', 'performance', 'SharedArrayBuffer', 'Atomics',
         'WebAssembly', 'ivm', '$0', '$1', 'installGuest', 'readSource', 'post']
       const here = names.filter((name) => typeof globalThis[name] !== 'undefined')
       const viaFunction = Function('return typeof process + typeof require')()
       const viaConstructor = (() => {}).constructor('return typeof process')()
       return [here, viaFunction + viaConstructor]
     }`,
  )
  assert.deepEqual(returned(report), [[], 'undefinedundefinedundefined'])
})

test('everything the plugin is given belongs to its own realm', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       const reach = [args, api.graph.search, api.log, console.log, setTimeout, sleep, require, module, api.graph.search({}),
         await api.graph.search({}), sleep(0)]
       try { await api.none() } catch (e) { reach.push(e) }
       const foreign = []
       reach.forEach((thing, i) => {
         for (let p = thing; p !== null && p !== undefined; p = Object.getPrototypeOf(p)) {
           const make = Object.getOwnPropertyDescriptor(p, 'constructor')?.value
           if (typeof make !== 'function') continue
           let f; try { f = make.constructor('return globalThis')() } catch { continue }
           if (f !== globalThis) foreign.push(i)
         }
       })
       return foreign
     }`,
  )
  assert.deepEqual(returned(report), [])
})

test('a plugin that hooks stack traces sees no function and no receiver of ours', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       const seen = []
       Error.prepareStackTrace = (error, sites) => {
         for (const site of sites) {
           const own = String(site.getFileName()).includes('switchboard') || String(site.getScriptNameOrSourceURL()).includes('switchboard')
           if (own && (site.getFunction() !== undefined || site.getThis() !== undefined)) seen.push(site.getFunctionName())
         }
         return 'trace'
       }
       new Error().stack
       setTimeout(() => new Error().stack, 0); await sleep(5)
       await api.graph.search({ get q() { return new Error().stack } })
       await api.graph.search({ toJSON() { return { q: new Error().stack } } })
       console.log({ toJSON() { return new Error().stack } })
       return seen
     }`,
  )
  assert.deepEqual(returned(report), [])
})

test('polluted prototypes and replaced globals change nothing for the host', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       for (const key of ['reference', 'copy', 'externalCopy', 'promise', 'ignored', 'then2', 'code', 'denied', 'limits']) {
         Object.prototype[key] = true
       }
       Object.prototype.result = { reference: true }
       Object.prototype.arguments = { reference: true }
       let leaks = ''
       const added = Object.keys(Object.prototype).concat(['id', 'method', 'json', 'resolve', 'reject', 'next', 'value', '0', '1'])
       for (const key of ['id', 'method', 'json', 'resolve', 'reject', 'next', 'value', '0', '1']) {
         Object.defineProperty(Object.prototype, key, Object.assign(Object.create(null), {
           configurable: true, get() { return undefined }, set(v) { leaks += key + typeof v } }))
       }
       const NativePromise = Promise, nativeStringify = JSON.stringify
       JSON.parse = (t) => { leaks += 'parse '; return {} }
       JSON.stringify = () => { leaks += 'stringify '; return '{}' }
       Map.prototype.get = Map.prototype.set = WeakMap.prototype.set = () => { leaks += 'map ' }
       String.prototype.slice = String.prototype.indexOf = () => { leaks += 'slice ' }
       Reflect.apply = Function.prototype.call = Function.prototype.apply = () => { leaks += 'apply ' }
       Array.prototype[Symbol.iterator] = () => { leaks += 'iterator ' }
       globalThis.Promise = class { constructor() { leaks += 'promise ' } }
       const answer = await api.graph.search({ q: 'still' })
       for (let i = 0; i < added.length; i += 1) delete Object.prototype[added[i]]
       return { answer, leaks }
     }`,
  )
  assert.deepEqual(returned(report), { answer: [{ id: 'n1', asked: { q: 'still' } }], leaks: '' })
})

test('Object.prototype.reference left set does not turn a result into a Reference', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       Object.prototype.reference = true
       const seen = [await api.graph.search({ q: 1 }), await sleep(1)]
       return { own: seen.map((s) => Object.prototype.toString.call(s)), apply: typeof seen[0].applySync }
     }`,
  )
  assert.deepEqual(returned(report), { own: ['[object Array]', '[object Undefined]'], apply: 'undefined' })
})

test('thenables, getters, proxies and toJSON as results are read once, as JSON', async () => {
  const report = await opened.run(
    `exports.run = () => ({ then(resolve) { resolve({
       get g() { return 1 },
       p: new Proxy({ x: 2 }, {}),
       j: { toJSON: () => 3 },
       t: { then: 'text' },
     }) } })`,
  )
  assert.deepEqual(returned(report), { g: 1, p: { x: 2 }, j: 3, t: JSON.parse('{"then":"text"}') })
})

test('the api can be neither extended nor replaced, and offers only the methods asked for', async () => {
  const report = await opened.run(
    `exports.run = async (args, api) => {
       'use strict'
       const tries = [() => { api.cases = 1 }, () => { api.graph.search = 1 }, () => { api.graph.more = 1 }, () => { delete api.graph }]
       const refused = tries.map((t) => { try { t(); return false } catch { return true } })
       return [refused, Object.keys(api), Object.keys(api.graph)]
     }`,
    { methods: ['graph.search', 'graph.neighbours', 'nl2cypher'] },
  )
  assert.deepEqual(returned(report), [
    [true, true, true, true],
    ['graph', 'nl2cypher', 'log', 'sleep', 'budget'],
    ['search', 'neighbours'],
  ])
})

test('nothing is left from one run to the next of the same process', async () => {
  const first = await opened.run(
    `globalThis.secret = 'tenant one'; Array.prototype.secret = 1; Object.prototype.secret = 2
     exports.run = async () => {
       setTimeout(() => console.log('from the first run'), 20)
       Promise.resolve().then(async () => { for (let i = 0; i < 50; i++) await sleep(1); console.log('late') })
       return 'left behind'
     }`,
    { trustDomain: 'same' },
  )
  assert.equal(returned(first), 'left behind')
  const lines: string[] = []
  const second = await opened.run(
    `exports.run = async () => { await sleep(80); return [typeof secret, typeof [].secret, typeof {}.secret] }`,
    { trustDomain: 'same', onLog: (line) => lines.push(line.text) },
  )
  assert.deepEqual(returned(second), ['undefined', 'undefined', 'undefined'])
  assert.deepEqual(lines, [])
})

test('another package in the same domain finds none of the files before it', async () => {
  await opened.run(
    { 'index.js': 'exports.run = () => 1', 'private.js': 'exports.key = 1' },
    { trustDomain: 'files' },
  )
  const report = await opened.run(`exports.run = () => require('./private.js')`, { trustDomain: 'files' })
  assert.ok(report.end === 'threw')
  assert.match(report.error.message, /no such file/)
})

test('a plugin that returns and then loops does not hold up its own domain', async () => {
  const first = await opened.run(
    `exports.run = async () => { sleep(0).then(() => { for (;;); }); return 1 }`,
    { trustDomain: 'loops on' },
  )
  assert.equal(returned(first), 1)
  const second = await opened.run(`exports.run = async () => 2`, { trustDomain: 'loops on' })
  assert.equal(returned(second), 2)
})
