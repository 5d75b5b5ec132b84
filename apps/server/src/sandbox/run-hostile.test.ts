import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RunReport } from './boundary.ts'
import { openTestSandbox, refuse, returned } from './testing/open-test-sandbox.ts'
import type { TestRun } from './testing/open-test-sandbox.ts'

/** Why runners ended, as operators read it. */
const ended: string[] = []
let opened: Awaited<ReturnType<typeof openTestSandbox>>
before(async () => {
  opened = await openTestSandbox({ runnersPerDomain: 1, log: (line) => ended.push(line) })
})
after(() => opened.sandbox.close())

type Judge = (report: RunReport) => void
const threw =
  (message: RegExp): Judge =>
  (report) => {
    assert.ok(report.end === 'threw', JSON.stringify(report))
    assert.match(`${report.error.name}: ${report.error.message}`, message)
  }
const gives =
  (value: unknown): Judge =>
  (report) =>
    assert.deepEqual(returned(report), value)
const exceeded =
  (budget: string): Judge =>
  (report) =>
    assert.ok(report.end === 'exceeded' && report.budget === budget, JSON.stringify(report))

/** What a plugin may try against our side of its own isolate. None may cost the process that other runs will need. */
const attacks: readonly (readonly [string, string, Judge, TestRun?])[] = [
  // ---- what it throws and rejects ----
  ['throws nothing', 'throw undefined', threw(/undefined/)],
  ['throws a symbol', 'throw Symbol("s")', threw(/Symbol\(s\)/)],
  [
    'throws a proxy that throws',
    'throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })',
    threw(/^Error/),
  ],
  ['throws an object that cannot be text', 'throw { toString: null, valueOf: null }', threw(/^Error/)],
  [
    'throws a hundred megabytes',
    'throw "x".repeat(1e8)',
    threw(/^Error: x+$/),
    { budgets: { memoryMB: 256 } },
  ],
  [
    'throws an error whose getters throw',
    'throw Object.defineProperty(new Error("m"), "stack", { get() { throw 1 } })',
    threw(/m/),
  ],
  [
    'throws an error whose name is huge',
    'throw Object.assign(new Error("m"), { name: "n".repeat(1e6) })',
    threw(/^n{100}: m$/),
  ],
  ['leaves a rejection with undefined', 'Promise.reject(undefined); await sleep(5)', threw(/undefined/)],
  [
    'leaves a rejection that cannot be text',
    'Promise.reject({ toString: null, valueOf: null }); await sleep(5)',
    threw(/./),
  ],
  [
    'leaves a rejection with a proxy',
    'Promise.reject(new Proxy(function () {}, { get() { throw 1 } })); await sleep(5)',
    threw(/./),
  ],
  [
    'leaves a rejection of a hundred megabytes',
    'Promise.reject(new Error("x".repeat(1e8))); await sleep(5)',
    threw(/x/),
    { budgets: { memoryMB: 256 } },
  ],
  [
    'leaves a thousand rejections',
    'for (let i = 0; i < 1000; i++) Promise.reject(i); await sleep(5)',
    threw(/0/),
  ],
  // ---- how it settles ----
  ['settles twice', 'return { then(resolve, reject) { resolve(1); resolve(2); reject(3) } }', gives(1)],
  ['settles and throws', 'return { then(resolve) { resolve(1); throw 2 } }', gives(1)],
  [
    'gives a thenable of thenables',
    'let n = 50; const t = { then(r) { n -= 1; r(n > 0 ? t : "end") } }; return t',
    gives('end'),
  ],
  ['gives an async generator', 'return (async function* () { yield 1 })()', gives({})],
  [
    'gives a subclass of Promise with a species',
    'class P extends Promise { static get [Symbol.species]() { throw 1 } }; return P.resolve(5)',
    threw(/1/),
  ],
  [
    'gives a promise whose constructor lies',
    'const p = Promise.resolve(6); p.constructor = { [Symbol.species]: 7 }; return p',
    threw(/not a constructor/),
  ],
  // ---- what it gives ----
  ['gives lone surrogates', 'return ["\\ud800", { "\\udfff": 1 }]', gives(['\ud800', { '\udfff': 1 }])],
  [
    'gives a key named __proto__',
    'return JSON.parse("{\\"__proto__\\": {\\"x\\": 1}}")',
    (report) => assert.equal(JSON.stringify(returned(report)), '{"__proto__":{"x":1}}'),
  ],
  ['gives a hundred megabytes', 'return "x".repeat(1e8)', exceeded('output'), { budgets: { memoryMB: 512 } }],
  [
    'gives megabytes of small things',
    'return Array.from({ length: 1e5 }, () => ({ a: "x".repeat(50) }))',
    exceeded('output'),
    { budgets: { memoryMB: 512 } },
  ],
  ['gives a toJSON that gives itself', 'const o = { toJSON() { return o } }; return { o }', gives({ o: {} })],
  [
    'gives a proxy with endless keys',
    'return new Proxy({}, { ownKeys: () => Array.from({ length: 3e6 }, (_, i) => "k" + i), getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }), get: () => 1 })',
    (report) => assert.equal(report.end, 'exceeded'),
    { budgets: { wallMs: 700 } },
  ],
  [
    'reports while it is read',
    'return { get x() { api.graph.search({}); console.log("from a getter"); throw new Error("late") } }',
    (report) => assert.ok(report.end === 'result_invalid' && report.usage.calls === 1),
  ],
  // ---- at the end of the stack ----
  [
    'calls at the end of the stack',
    `let sent = 0; const dive = () => { try { dive() } catch {} try { api.graph.search({ n: 1 }).catch(() => {}); sent += 1 } catch {} }; dive(); await sleep(5); return sent > 0`,
    (report) => assert.ok(['returned', 'threw', 'exceeded'].includes(report.end), JSON.stringify(report)),
    { budgets: { calls: 500 } },
  ],
  [
    'starts timers at the end of the stack',
    'const dive = () => { try { dive() } catch {} try { setTimeout(() => {}, 1) } catch {} }; dive(); await sleep(5); return 1',
    threw(/More than 1000 timers/),
  ],
  [
    'logs at the end of the stack',
    'const dive = () => { try { dive() } catch {} console.log("x") }; try { dive() } catch {} return 1',
    gives(1),
  ],
  [
    'returns from the end of the stack',
    'const dive = (n) => { try { return dive(n + 1) } catch { return { toJSON() { return dive(0) } } } }; return dive(0)',
    (report) => assert.notEqual(report.end, 'crashed'),
    { budgets: { wallMs: 700 } },
  ],
  // ---- what it loads ----
  [
    'requires a name of a hundred megabytes',
    'require("x".repeat(1e8))',
    threw(/name/),
    { budgets: { memoryMB: 512 } },
  ],
  ['requires a name that is an object', 'require({ toString: () => "./none" })', threw(/no such file/)],
  [
    'requires for ever',
    'for (;;) try { require("./none") } catch {}',
    exceeded('time'),
    { budgets: { wallMs: 250 } },
  ],
  [
    'imports for ever',
    'for (;;) await import("./none").catch(() => {})',
    exceeded('time'),
    { budgets: { wallMs: 250 } },
  ],
  ['requires itself', 'require("./index.js").run = () => 2; return 1', gives(1)],
  // ---- redefined globals ----
  [
    'replaces Promise',
    'globalThis.Promise = function () { throw 1 }; return (await api.graph.search({})).length',
    gives(1),
  ],
  [
    'replaces what await looks up',
    'Object.defineProperty(Promise.prototype, "constructor", { get() { throw 1 } }); Promise.prototype.then = () => { throw 2 }; api.budget.onWarning(() => {}); return 3',
    (report) => assert.notEqual(report.end, 'crashed'),
  ],
  [
    'replaces Error',
    'globalThis.Error = class { constructor() { throw 1 } }; try { await api.graph.search({}) } catch (e) { return e.code }',
    gives('CapabilityDenied'),
    { onCall: async () => refuse('CapabilityDenied') },
  ],
  [
    'gives Error another instanceof',
    'Object.defineProperty(Error, Symbol.hasInstance, { value: () => { throw 1 } }); console.log(new TypeError("x")); return 1',
    gives(1),
  ],
  [
    'makes every object a thenable',
    'Object.prototype.then = function (resolve) { delete Object.prototype.then; resolve("mine") }; return await api.graph.search({})',
    (report) => assert.notEqual(report.end, 'crashed'),
  ],
  [
    'puts setters on array indices',
    'for (let i = 0; i < 8; i++) Object.defineProperty(Array.prototype, i, { set() { throw 1 }, get() { throw 2 }, configurable: true }); setTimeout(() => {}, 1); await sleep(2); return (await api.graph.search({ a: 1 })) !== null',
    gives(true),
  ],
  [
    'freezes everything',
    'for (const key of Reflect.ownKeys(globalThis)) try { Object.freeze(globalThis[key]); Object.freeze(globalThis[key].prototype) } catch {} Object.freeze(globalThis); await sleep(1); return (await api.graph.search({})).length',
    gives(1),
  ],
  [
    'hooks stack traces with one that throws',
    'Error.prepareStackTrace = () => { throw new Error("hook") }; try { await api.graph.search({}) } catch (e) { return e.code }',
    gives('CapabilityDenied'),
    { onCall: async () => refuse('CapabilityDenied') },
  ],
  [
    'hooks stack traces with one that loops',
    'Error.prepareStackTrace = () => { for (;;); }; throw new Error("x")',
    exceeded('time'),
    { budgets: { wallMs: 250 } },
  ],
  [
    'asks for an endless stack',
    'Error.stackTraceLimit = Infinity; let n = 0; const dive = () => { n += 1; dive() }; try { dive() } catch (e) { throw e }',
    threw(/RangeError/),
  ],
  // ---- floods ----
  ['floods its log', 'for (let i = 0; i < 2e5; i++) console.log("x".repeat(1000)); return 1', gives(1)],
  ['floods its log with nothing', 'for (let i = 0; i < 2e5; i++) console.log(""); return 1', gives(1)],
  [
    'logs a hundred megabytes',
    'console.log("x".repeat(1e8)); return 1',
    gives(1),
    { budgets: { memoryMB: 512 } },
  ],
  ['logs lone surrogates and nulls', 'console.log("a\\ud800b\\u0000c"); return 1', gives(1)],
  [
    'logs what logs itself',
    'const o = { toJSON() { console.log(o); return 1 } }; console.log(o); return 1',
    gives(1),
  ],
  ['starts a timer too many', 'for (;;) setTimeout(() => {}, 1e9)', threw(/More than 1000 timers/)],
  [
    'starts timers for ever',
    'const again = () => setTimeout(again, 0); again(); await new Promise(() => {})',
    exceeded('time'),
    { budgets: { wallMs: 250 } },
  ],
  ['passes a timer what cannot be a number', 'setTimeout(() => {}, Symbol())', threw(/TypeError/)],
  [
    'stops timers that are none',
    'for (const id of [undefined, {}, -1, NaN, "1", Symbol()]) clearTimeout(id); return 1',
    gives(1),
  ],
]
for (const [what, body, judge, run] of attacks) {
  test(`a plugin that ${what} harms only its own run`, async () => {
    const hostile = await opened.run(`exports.run = async (args, api) => { ${body} }`, run)
    judge(hostile)
    const next = await opened.run('exports.run = async (args, api) => (await api.graph.search(args)).length')
    assert.equal(returned(next), 1)
    // The pool may replace a process that was slow to settle or kept memory; none may fall over or be taken for a liar.
    assert.deepEqual(ended.filter(fellOver), [])
  })
}

function fellOver(line: string): boolean {
  return /ended: (exit code|signal|protocol|while hearing|channel|V8 lost)/.test(line)
}

test('an ES module that throws what cannot be text while it loads harms only its own run', async () => {
  for (const thrown of [
    '{ toString: null, valueOf: null }',
    'undefined',
    'Symbol()',
    'new Proxy({}, { get() { throw 1 } })',
  ]) {
    const report = await opened.run(`export const run = () => 1\nthrow ${thrown}`)
    assert.ok(report.end === 'threw', JSON.stringify(report))
  }
  assert.equal(returned(await opened.run('exports.run = () => 1')), 1)
  assert.deepEqual(ended.filter(fellOver), [])
})
