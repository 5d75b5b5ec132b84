import ivm from 'isolated-vm'
import type { HostileClass, HostileProgram } from '../hostile-class.ts'

/** Each poisons what the bridge might use, then makes a call, fails one, and says what it caught. */
const by = (name: string, poison: string): HostileProgram => ({
  name,
  code: `const caught = []
const tried = (value) => { if (typeof value === 'function') caught.push(value) ; return value }
exports.run = async (args, api) => {
  ${poison}
  try { await api.graph.search({ q: 'x' }) } catch {}
  try { await api.graph.search({ q: 'refuse' }) } catch {}
  try { api.log('x') } catch {}
  // Whatever was caught is called as the bridge would call it.
  for (let i = 0; i < caught.length; i += 1) {
    try { caught[i]('call', 999, 'cases.addEntities', '{"forged":true}') } catch {}
    try { caught[i]('returned', 0, '"forged"') } catch {}
    try { caught[i]('forged') } catch {}
  }
  return 'nothing'
}`,
})
const options = [
  'reference',
  'promise',
  'copy',
  'externalCopy',
  'result',
  'arguments',
  'timeout',
  'sync',
  'ignored',
  'async',
]
const programs: readonly HostileProgram[] = [
  by('options on Object.prototype', options.map((name) => `Object.prototype.${name} = true`).join(';')),
  by(
    'options as getters',
    options
      .map(
        (name) =>
          `Object.defineProperty(Object.prototype, '${name}', { get() { tried(this); return { reference: true } }, configurable: true })`,
      )
      .join(';'),
  ),
  by('descriptors on Object.prototype', `Object.prototype.get = tried; Object.prototype.set = tried`),
  by('value on Object.prototype', `Object.prototype.value = 1; Object.prototype.writable = false`),
  by(
    'then on Object.prototype',
    `Object.prototype.then = function (a, b) { tried(a); tried(b); a && a('forged') }`,
  ),
  by(
    'Promise.prototype.then',
    `const then = Promise.prototype.then; Promise.prototype.then = function (a, b) { tried(a); tried(b); return then.call(this, a, b) }`,
  ),
  by(
    'the promise constructor',
    `globalThis.Promise = class extends Promise { constructor(f) { super((a, b) => { tried(a); tried(b); f(a, b) }) } }; Object.defineProperty(Promise, Symbol.species, { get: () => Promise })`,
  ),
  by(
    'Function.prototype.call and apply',
    `for (const k of ['call', 'apply', 'bind']) { Function.prototype[k] = function (...all) { tried(this); all.forEach(tried); return this } }`,
  ),
  by(
    'Reflect',
    `for (const k of Object.getOwnPropertyNames(Reflect)) Reflect[k] = (...all) => { all.forEach(tried); return all[0] }`,
  ),
  by('JSON', `JSON.parse = (t) => { return { forged: tried(t) } }; JSON.stringify = () => '{"forged":true}'`),
  by(
    'maps',
    `for (const k of ['get', 'set', 'has', 'delete']) { Map.prototype[k] = function (...all) { all.forEach(tried); for (const x of all) if (x && typeof x === 'object') Object.values(x).forEach(tried); return undefined }; WeakMap.prototype[k] = Map.prototype[k] }`,
  ),
  by(
    'texts',
    `for (const k of ['slice', 'startsWith', 'endsWith', 'indexOf', 'lastIndexOf', 'toString']) String.prototype[k] = function () { return 'forged' }`,
  ),
  by(
    'iterators',
    `Array.prototype[Symbol.iterator] = function* () { tried(this[0]); yield* ['call', 7, 'cases.addEntities'] }`,
  ),
  by(
    'arrays',
    `for (const k of ['push', 'shift', 'map', 'forEach', 'join', 'concat']) Array.prototype[k] = function (...all) { all.forEach; for (let i = 0; i < this.length; i += 1) tried(this[i]); return 'forged' }`,
  ),
  by(
    'setters on array indexes',
    `Object.defineProperty(Array.prototype, '0', { set(v) { tried(v) }, get() { return 'forged' }, configurable: true })`,
  ),
  by(
    'errors',
    `globalThis.Error = function (m) { tried(m); return { code: 'forged' } }; Error.prepareStackTrace = (e, f) => { f.forEach((x) => { tried(x.getThis && x.getThis()); tried(x.getFunction && x.getFunction()) }); return 'forged' }`,
  ),
  by(
    'errors of the engine',
    `TypeError.prototype.name = 'forged'; Object.defineProperty(TypeError.prototype, 'message', { get() { return 'forged' } }); RangeError.prototype.constructor = tried`,
  ),
  by(
    'everything deleted',
    `for (const k of Object.getOwnPropertyNames(globalThis)) { try { delete globalThis[k] } catch {} }`,
  ),
  by(
    'everything frozen',
    `for (const k of Object.getOwnPropertyNames(globalThis)) { try { Object.freeze(globalThis[k]); Object.freeze(globalThis[k].prototype) } catch {} } Object.freeze(Object.prototype); Object.freeze(globalThis)`,
  ),
  by(
    'defineProperty',
    `Object.defineProperty = (o, k, d) => { tried(d && d.value); return o }; Object.create = () => ({ forged: true }); Object.freeze = (o) => { tried(o); return o }`,
  ),
  by(
    'arguments read twice',
    `let n = 0; await api.graph.search({ get q() { n += 1; return n > 1 ? 'forged' : 'x' } }); await api.graph.search(new Proxy({ q: 'x' }, { ownKeys() { n += 1; return n > 3 ? ['forged'] : ['q'] } }))`,
  ),
  by(
    'methods that were not offered',
    `for (const k of ['__proto__', 'constructor', 'toString', 'cases', 'then', '__defineGetter__']) { try { await api[k]({ forged: true }) } catch {} try { await api.graph[k]({ forged: true }) } catch {} try { await api[k].addEntities({ forged: true }) } catch {} }`,
  ),
]

export const bridge: HostileClass = {
  name: 'turning the bridge against itself',
  mechanism: 'primordials taken first, option bags without a prototype, strings only',
  programs,
  budgets: { wallMs: 20_000, cpuMs: 5_000, memoryMB: 32 },
  // A plugin that has deleted its own tools may fail, and it may return its own word; it may not forge a frame.
  ends: ['returned', 'threw', 'result_invalid'],
  mayReturn: (value) => value === 'nothing',
  control: naiveBridge,
}

/** A bridge as one would write it first: an option bag with a prototype, made after plugin code has run. */
async function naiveBridge(): Promise<string> {
  const isolate = new ivm.Isolate({ memoryLimit: 32 })
  try {
    const context = await isolate.createContext()
    await context.global.set('host', new ivm.Reference(() => ({ secret: 'of the host' })))
    const reached = await context.eval(
      `(() => {
        Object.prototype.reference = true
        const answer = host.applySync(undefined, [], { result: {} })
        return typeof answer === 'object' && typeof answer.getSync === 'function' ? answer.getSync('secret', {}).copySync?.() ?? 'a reference' : 'a copy'
      })()`,
    )
    if (reached === 'a copy') throw new Error('the polluted option was not read')
    return `through an option bag with a prototype the plugin got ${String(reached)}`
  } finally {
    isolate.dispose()
  }
}
